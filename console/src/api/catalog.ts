/** The catalog, for operators: lists, records added by a catalog document, records removed. */
import { call } from './call.ts'
import type {
  CatalogCounts,
  CatalogDocument,
  ClientView,
  OrganizationView,
  PersonView,
  SkillView,
} from './wire.ts'

const root = '/_skillkeeper'

export interface CatalogPage<Item> {
  readonly items: Item[]
  readonly paginationContext: { readonly after?: string }
}

export interface CatalogRecords {
  readonly organizations: OrganizationView
  readonly skills: SkillView
  readonly clients: ClientView
  readonly people: PersonView
}
export type CatalogKind = keyof CatalogRecords

export const readRecords = <Kind extends CatalogKind>(
  kind: Kind,
  after: string | undefined,
  signal?: AbortSignal,
) =>
  call<CatalogPage<CatalogRecords[Kind]>>('GET', `${root}/${kind}`, {
    query: { after, maxResults: 100 },
    signal,
  })

/** Adds or updates the records of the document. It never removes one. */
export const loadCatalog = (catalog: CatalogDocument) =>
  call<CatalogCounts>('POST', `${root}/catalog`, { body: catalog })

export const removeRecord = (kind: CatalogKind, id: string) =>
  call<undefined>('DELETE', `${root}/${kind}/${encodeURIComponent(id)}`)
