/** The properties of fields that the OpenAPI document lacks: time changes them, they name an element, order counts. */
import { fieldAt, isRecord, listAt, textAt } from '../json.ts'

/** The place of a field, with `[]` for the elements of a list: `results[].enablements[].status`. */
type Place = string

const timed: readonly { readonly operation: RegExp; readonly place: RegExp }[] = [
  // ENABLING becomes ENABLED by itself.
  { operation: /^(get|list|enable).*/, place: /(^|items\[\]\.|enablements\[\]\.)status$/ },
]

export function isTimed(operation: string, place: Place): boolean {
  return timed.some((one) => one.operation.test(operation) && one.place.test(place))
}

/** Whether the value is made for one answer. Later requests name it, so the values of both sides belong together. */
export function isMinted(operation: string, place: Place): boolean {
  return place.endsWith('nextToken') || (operation === 'createUnit' && place === 'id')
}

/** Whether the order of the list follows from the request (ledger, rows 32, T4 and T7). The page promises no other order. */
export function isOrdered(operation: string, place: Place): boolean {
  if (place === 'errors' || place.endsWith('nameFreeInvocation.locales')) return true
  return operation === 'getEnablementBatch' && place === 'results'
}

/** Whether the list continues in other answers. */
export function isPaged(operation: string, place: Place): boolean {
  return (
    (operation === 'listEnablements' && place === 'items') ||
    (['getEnablementBatch', 'listUnits'].includes(operation) && place === 'results')
  )
}

/** Returns the name of an element of a list; `undefined` if its place among those without a name has to do. */
export function nameOf(element: unknown): string | undefined {
  if (typeof element === 'string') return element
  if (!isRecord(element)) return undefined
  const itemId = fieldAt(element, 'itemId')
  if (typeof itemId === 'number' || typeof itemId === 'string') return `item ${itemId}`
  const skillId = textAt(element, 'skill', 'id')
  if (skillId !== undefined) return oneSpelling(skillId)
  return (
    textAt(element, 'id') ??
    textAt(element, 'unitId') ??
    textAt(listAt(element, 'enablements')[0], 'unit', 'id')
  )
}

/** A skill ID has two spellings. */
export function oneSpelling(skillId: string): string {
  return skillId.replace(/^amzn1\.alexa\.skill\./, 'amzn1.ask.skill.')
}
