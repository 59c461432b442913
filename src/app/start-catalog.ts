/** Loads the catalog that a service starts with: that of the settings, else the demo catalog. */
import type { Context } from '../model/context.ts'
import { Refusal } from '../model/refusal.ts'
import { loadCatalog } from '../operations/load-catalog.ts'
import { readCatalogFile } from './catalog-file.ts'
import demoCatalog from './demo-catalog.json' with { type: 'json' }
import type { Settings } from './settings.ts'
import { cannotStart } from './start-error.ts'

/** A catalog that was read, and not looked at yet. */
export interface StartCatalog {
  readonly content: unknown
  /** The path of the file, if it was one. */
  readonly file: string | undefined
  readonly isDemo: boolean
}

/** Reads the file, if it is one; the demo catalog without any. Throws a `StartError` of kind `usage`. */
export function readStartCatalog(catalog: string | object | undefined): StartCatalog {
  if (typeof catalog !== 'string') {
    // A copy, since what counts as absent is removed from it.
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

/** Throws a `StartError` of kind `usage` that names the file and every problem in it. */
export async function loadStartCatalog(
  context: Context,
  settings: Settings,
  { content, file, isDemo }: StartCatalog,
): Promise<void> {
  if (isDemo && !(await isForDemo(context))) {
    context.log.info({}, 'A catalog is stored already; the demo catalog is not loaded')
    return
  }
  try {
    const counts = await loadCatalog(context, content, context.newId(), isDemo ? 'embedded' : 'start')
    context.log.info({ ...counts }, isDemo ? 'The demo catalog is loaded' : 'The catalog is loaded')
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'INVALID_PARAM') throw error
    throw cannotStart('usage', `${file === undefined ? '' : `${file}: `}${error.message}`, error)
  }
  if (isDemo) tellOfDemo(context, settings)
}

/** Whether the storage is new, or had the demo catalog and no other. */
async function isForDemo({ storage: { catalog } }: Context): Promise<boolean> {
  if ((await catalog.listEmbeddedClients()).length > 0) return true
  const stored = [catalog.listOrganizations('', 1), catalog.listSkills('', 1), catalog.listClients('', 1)]
  return (await Promise.all(stored)).every((page) => page.length === 0)
}

function tellOfDemo({ log }: Context, { host }: Settings): void {
  log.info(
    { clientId: 'amzn1.application-oa2-client.demo', scope: 'alexa::enterprise:management' },
    'Demo credentials: the client amzn1.application-oa2-client.demo with the secret demo-secret, from this machine only',
  )
  if (!/^(127\.|localhost$|::1$)/.test(host)) {
    log.warn(
      { host },
      'The demo clients are refused on any address but loopback. Give a catalog of your own: --catalog FILE',
    )
  }
}
