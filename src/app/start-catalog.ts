/** Loads the catalog at the start: that of the settings, otherwise the demo catalog. */
import type { Context } from '../model/ports/context.ts'
import { Refusal } from '../model/refusal.ts'
import type { CatalogDifference } from '../operations/catalog/catalog-differences.ts'
import { type LoadedCatalog, loadCatalog } from '../operations/catalog/load-catalog.ts'
import { assignStoredRoles } from '../operations/catalog/role-changes.ts'
import { readCatalogFile } from './catalog-file.ts'
import demoCatalog from './demo-catalog.json' with { type: 'json' }
import type { Settings } from './settings/settings.ts'
import { cannotStart } from './start-error.ts'

/** A catalog that is read but not checked yet. */
export interface StartCatalog {
  readonly content: unknown
  /** The path, if the catalog is a file. */
  readonly file: string | undefined
  readonly isDemo: boolean
}

/** The maximum number of changed records that the log lists, and of added records. */
const differencesTold = 20

/** Reads the catalog of the setting, or the demo catalog if there is none. Throws a `StartError` of kind `usage`. */
export function readStartCatalog(catalog: string | object | undefined): StartCatalog {
  if (typeof catalog !== 'string') {
    // A copy, because the check removes absent properties from it.
    return {
      content: structuredClone(catalog ?? demoCatalog),
      file: undefined,
      isDemo: catalog === undefined,
    }
  }
  const read = readCatalogFile(catalog)
  if ('problem' in read) throw cannotStart('usage', read.problem)
  return { content: read.catalog, file: catalog, isDemo: false }
}

/** Loads the catalog. Throws a `StartError` of kind `usage` that names the file and every problem in it. */
export async function loadStartCatalog(
  context: Context,
  host: Settings['host'],
  { content, file, isDemo }: StartCatalog,
): Promise<void> {
  const upgraded = await assignStoredRoles(context)
  if (upgraded > 0)
    context.log.info(
      { clients: upgraded },
      'The roles of the clients that an earlier release stored are assigned',
    )
  if (isDemo && !(await isForDemo(context))) {
    context.log.info({}, 'The storage already has a catalog; the demo catalog is not loaded')
    return
  }
  try {
    const call = { requestId: context.newId(), actor: 'operator' }
    const loaded = await loadCatalog(context, content, call, isDemo ? 'embedded' : 'start')
    const { counts } = loaded
    context.log.info({ ...counts }, isDemo ? 'The demo catalog is loaded' : 'The catalog is loaded')
    tellOfDifferences(context, loaded)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'INVALID_PARAM') throw error
    throw cannotStart('usage', `${file === undefined ? '' : `${file}: `}${error.message}`, error)
  }
  if (isDemo) tellOfDemo(context, host)
}

/** Logs how the catalog differs from the stored records: either of them may have changed since the last start. */
function tellOfDifferences({ log }: Context, { counts, differences }: LoadedCatalog): void {
  const changed = differences.filter(({ fields }) => fields !== undefined && fields.length > 0)
  const added = differences.filter(({ fields }) => fields === undefined)
  if (changed.length > 0) {
    log.warn(
      told('changed', changed),
      `The catalog replaces stored values: ${listed(changed)}. These values or the catalog have changed since the last start.`,
    )
  }
  // At the first start all records are new, which is not worth a log line.
  const { organizations, units, skills, clients, people, delegatedLinks } = counts
  const all = organizations + units + skills + clients + people + delegatedLinks
  const isFirst = added.filter(({ kind }) => kind !== 'refreshToken').length === all
  if (added.length > 0 && !isFirst) {
    log.info(
      told('added', added),
      `The catalog adds records that are not stored: ${listed(added)}. They were removed here since the last start, or are new in the catalog.`,
    )
  }
}

function told(name: string, differences: readonly CatalogDifference[]): Readonly<Record<string, unknown>> {
  const more = differences.length - differencesTold
  return { [name]: differences.slice(0, differencesTold), ...(more > 0 && { more }) }
}

function listed(differences: readonly CatalogDifference[]): string {
  const names = differences
    .slice(0, differencesTold)
    .map(({ kind, id, fields }) => `${kind} ${id}${fields === undefined ? '' : ` (${fields.join(', ')})`}`)
  const more = differences.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Whether the storage is new or contains only the demo catalog. */
async function isForDemo({ storage: { catalog } }: Context): Promise<boolean> {
  if ((await catalog.listEmbeddedClients()).length > 0) return true
  const stored = [catalog.listOrganizations('', 1), catalog.listSkills('', 1), catalog.listClients('', 1)]
  return (await Promise.all(stored)).every((page) => page.length === 0)
}

function tellOfDemo({ log }: Context, host: string): void {
  log.info(
    { clientId: 'amzn1.application-oa2-client.demo', scope: 'alexa::enterprise:management' },
    'Demo credentials: the client amzn1.application-oa2-client.demo with the secret demo-secret, from this machine only',
  )
  if (!/^(127\.|localhost$|::1$)/.test(host)) {
    log.warn(
      { host },
      'The demo clients work only on loopback addresses. Use your own catalog: --catalog FILE',
    )
  }
}
