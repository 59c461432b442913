/**
 * An export is a text of lines, each of them JSON: a header, the records, and an end that tells whether all of it is
 * there. It names neither time nor place: the same storage gives the same text. See docs/operating.md.
 */
import { createHash } from 'node:crypto'
import type { ExportSource } from '../../model/ports/transfer.ts'

export const exportFormat = 'skillkeeper-export'
export const formatVersion = 1

/** The text of an export, some lines at a time. `onProgress` is told how many records are in it. */
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
