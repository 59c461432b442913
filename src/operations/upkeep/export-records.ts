/**
 * An export is a text of JSON lines: a header, the records, and an end that proves completeness. It contains neither
 * time nor place, so that the same storage gives the same text. See docs/operating.md.
 */
import { createHash } from 'node:crypto'
import type { ExportSource } from '../../model/ports/transfer.ts'

export const exportFormat = 'skillkeeper-export'
/** 2: IDs have numbers in storage, and stand as text in the records. */
export const formatVersion = 2

/** Returns the text of an export in parts of several lines. `onProgress` receives the number of records. */
export async function* exportRecords(
  source: ExportSource,
  onProgress: (records: number) => void,
): AsyncGenerator<string> {
  const { schemaVersion, counts } = source
  const digest = createHash('sha256')
  const header = `${JSON.stringify({ format: exportFormat, formatVersion, schemaVersion, records: counts })}\n`
  digest.update(header)
  yield header
  let records = 0
  for await (const some of source.records()) {
    if (some.length === 0) continue
    const text = `${some.map(({ table, row }) => JSON.stringify({ table, row })).join('\n')}\n`
    digest.update(text)
    records += some.length
    yield text
    onProgress(records)
  }
  yield `${JSON.stringify({ end: true, records, sha256: digest.digest('hex') })}\n`
}
