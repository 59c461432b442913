/** The paging of all lists of the operator's API. */
import * as Type from 'typebox'

export const maxResults = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 100, default: 100, description: 'Maximum number of results.' }),
)
/** The characters of an ID: not every engine can compare other texts with one. */
const printable = '^[\\x20-\\x7e]*$'
export const after = Type.Optional(
  Type.String({
    maxLength: 300,
    pattern: printable,
    description: '`paginationContext.after` of the previous page.',
  }),
)

export const requestId = Type.Optional(Type.String({ maxLength: 300, pattern: printable }))

export const paginationContext = Type.Object({
  after: Type.Optional(Type.String({ description: 'The start of the next page; absent on the last page.' })),
})

/** As `after`, for a list whose pages end with a longer text. */
export const longAfter = Type.Optional(
  Type.String({
    maxLength: 8000,
    pattern: printable,
    description: '`paginationContext.after` of the previous page.',
  }),
)

/** A page of any list; `after` is absent on the last page. */
export interface Page<Item> {
  readonly items: Item[]
  readonly paginationContext: { readonly after?: string }
}

/** Beside the ID of who made a change. */
export const actorName = Type.String({
  description: 'The name of that client or person, if the catalog has one.',
})
