/** Compares a partial value with a whole one, and tells where and how they differ. */

export interface Difference {
  /** Where, such as `body.items[0].stage`. */
  readonly at: string
  readonly expected: unknown
  readonly actual: unknown
  /** Both as text with types and invisible characters. */
  readonly shown: string
}

/** Returns each place where the actual value is not as expected. What is not expected may be there. */
export function differences(expected: unknown, actual: unknown, at = ''): Difference[] {
  if (isObject(expected)) {
    const [name, ...others] = Object.keys(expected)
    const matcher = others.length === 0 && name !== undefined ? matchers[name] : undefined
    if (matcher !== undefined)
      return matcher(Object.values(expected)[0], actual) ? [] : [differ(at, expected, actual)]
    if (!isObject(actual)) return [differ(at, expected, actual)]
    return Object.entries(expected).flatMap(([key, part]) =>
      differences(
        part,
        Object.hasOwn(actual, key) ? actual[key] : undefined,
        at === '' ? key : `${at}.${key}`,
      ),
    )
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const parts = expected.flatMap((part, index) => differences(part, actual[index], `${at}[${index}]`))
    return expected.length === actual.length
      ? parts
      : [...parts, differ(`${at}.length`, expected.length, actual.length)]
  }
  return Object.is(expected, actual) ? [] : [differ(at, expected, actual)]
}

const matchers: Readonly<Record<string, ((given: unknown, actual: unknown) => boolean) | undefined>> = {
  matches: (pattern, actual) => typeof actual === 'string' && new RegExp(String(pattern), 'u').test(actual),
  anyOf: (choices, actual) =>
    Array.isArray(choices) && choices.some((choice) => differences(choice, actual).length === 0),
  absent: (isAbsent, actual) => (actual === undefined) === (isAbsent === true),
}

function differ(at: string, expected: unknown, actual: unknown): Difference {
  return { at, expected, actual, shown: `expected ${show(expected)}, found ${show(actual)}` }
}

const shownMax = 300

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value).replace(/[^\x20-\x7e\u00c0-\u00ff]/g, escaped)
  const cut = text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
  return `${cut} (${typeOf(value)})`
}

/** Any character that may look like another one, or like nothing: all but ASCII and the letters of Western Europe. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
