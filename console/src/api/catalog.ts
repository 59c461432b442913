/** The catalog, for operators: lists, records added by a catalog document, records removed. */
import { call } from './call.ts'
import type {
  CatalogCounts,
  CatalogDocument,
  ClientSecret,
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

/** Changes what the patch names (RFC 7396), and nothing else. */
export const changeRecord = (kind: CatalogKind, id: string, patch: object) =>
  call<CatalogRecords[CatalogKind]>('PATCH', `${root}/${kind}/${encodeURIComponent(id)}`, { body: patch })

/** Makes a new secret for the client. No other answer shows it. */
export const renewSecret = (clientId: string) =>
  call<ClientSecret>('POST', `${root}/clients/${encodeURIComponent(clientId)}/secret`)

/** The catalog in the form of a catalog file. */
export const readCatalog = () => call<CatalogDocument>('GET', `${root}/catalog`)

export const readClient = (id: string, signal?: AbortSignal) =>
  call<ClientView>('GET', `${root}/clients/${encodeURIComponent(id)}`, { signal })

export const readPerson = (id: string, signal?: AbortSignal) =>
  call<PersonView>('GET', `${root}/people/${encodeURIComponent(id)}`, { signal })

export const removeRecord = (kind: CatalogKind, id: string) =>
  call<undefined>('DELETE', `${root}/${kind}/${encodeURIComponent(id)}`)
