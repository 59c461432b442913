/** Puts the entry behind all others, and drops the first one if there are more than `max`. */
export function putLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key)
  map.set(key, value)
  const [first] = map.size > max ? map.keys() : []
  if (first !== undefined) map.delete(first)
}
