import { readFileSync } from 'node:fs'
import { uriFault } from '../oauth/token-servers.ts'
import { checkCatalog } from '../operations/catalog/check-catalog.ts'
import { problemLine } from '../operations/catalog/load-catalog.ts'
import { Catalog } from '../protocol/catalog.ts'
import { parseJson } from '../protocol/parse-json.ts'
import { createNewId } from '../world/new-id.ts'
import { systemClock } from './clock.ts'
import { fileFault } from './file-fault.ts'

export { hashPassphrase } from '../oauth/passphrases.ts'

/** The parsed content of a catalog file, or the reason why it cannot be read. */
export function readCatalogFile(file: string): { readonly catalog: unknown } | { readonly problem: string } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { problem: `The catalog file ${file} cannot be read: ${fileFault(error)}.` }
  }
  const parsed = parseJson(text)
  if ('value' in parsed) return { catalog: parsed.value }
  const { line, column, message } = parsed.problem
  return { problem: `The catalog file ${file} is not JSON: line ${line}, column ${column}: ${message}.` }
}

/** Lists the errors of a catalog file and the stored records that it needs, one per line. */
export function checkCatalogFile(file: string): { readonly problems: string[]; readonly notes: string[] } {
  const read = readCatalogFile(file)
  if ('problem' in read) return { problems: [read.problem], notes: [] }
  const { problems, missingUnits, missingSkills, missingPeople } = checkCatalog(read.catalog, uriFault)
  const missing = [...missingUnits, ...missingSkills, ...missingPeople]
  return {
    problems: problems.map((problem) => problemLine(problem)),
    notes: missing.map(
      ({ path, value }) => `${path}: ${value} is not in this file, so it must already be stored.`,
    ),
  }
}

/** The JSON Schema of the catalog file, for editors. */
export function catalogSchema(): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...Catalog }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** Returns the ID of a new account, for a person of a catalog. */
export function newAccount(): string {
  const id = createNewId(() => systemClock.now())()
  return `amzn1.account.${id.replaceAll('-', '').toUpperCase()}`
}
