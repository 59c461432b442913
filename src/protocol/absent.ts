/** Removes values that count as absent from optional properties: many serializers write `null`, or a name without a value. */
import type { TSchema } from 'typebox'

/** Removes absent properties from a value, in place. */
export type AbsenceDropper = (value: unknown) => void

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
}

/**
 * Creates a function that removes the optional properties of the schema that are `null`, on every level; in a query,
 * which has only text, the empty ones. A required property keeps its `null`, which the check then refuses.
 */
export function absenceDropper(schema: TSchema, isQuery = false): AbsenceDropper {
  return dropper(schema, isQuery ? '' : null) ?? (() => {})
}

function dropper(shape: Shape, absent: '' | null): AbsenceDropper | undefined {
  const { properties = {}, required = [], items } = shape
  const dropInItem = items && dropper(items, absent)
  if (dropInItem) return (value) => void (Array.isArray(value) && value.forEach(dropInItem))
  const optional = Object.keys(properties).filter((name) => !required.includes(name))
  const inner = Object.entries(properties).flatMap(([name, property]) => {
    const drop = dropper(property, absent)
    return drop ? [{ name, drop }] : []
  })
  if (optional.length === 0 && inner.length === 0) return undefined
  return (value) => {
    if (!isRecord(value)) return
    for (const name of optional) if (value[name] === absent) delete value[name]
    for (const { name, drop } of inner) drop(value[name])
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
