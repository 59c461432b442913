/**
 * Parses JSON as RFC 8259 defines it, but refuses half a surrogate pair: it is not text and could not be stored
 * unchanged (section 8.2). A problem names line and column, which the engine's own messages do only for some mistakes.
 */

/** The place of a problem. Line and column count from 1; a column is a UTF-16 code unit. */
export interface JsonProblem {
  readonly line: number
  readonly column: number
  /** Without a full stop, for use inside a sentence. */
  readonly message: string
}

/** Parses the text. Skips a byte order mark at the start. */
export function parseJson(text: string): { readonly value: unknown } | { readonly problem: JsonProblem } {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  try {
    const value: unknown = JSON.parse(source)
    const loneAt = findLoneSurrogate(source)
    if (loneAt === undefined) return { value }
    return { problem: problemAt(source, loneAt, 'this escape is half a surrogate pair') }
  } catch {
    return { problem: findProblem(source) }
  }
}

/** Returns the place of an escaped half of a surrogate pair in valid JSON; UTF-8 has no unescaped ones. */
function findLoneSurrogate(text: string): number | undefined {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return undefined
  // The first alternative consumes whole pairs, so that the second one only matches halves.
  const escapes = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)/gs
  for (const match of text.matchAll(escapes)) if (match[1] !== undefined) return match.index
  return undefined
}

/** The next token. `[` and `{`: right after the bracket, where the closing one may follow, too. */
type Expected = 'value' | '[' | '{' | 'key' | ':' | ',' | 'nothing'

const expectations: Readonly<Record<Expected, string>> = {
  value: 'a value is expected',
  '[': 'a value or ] is expected',
  '{': 'a property name in double quotes or } is expected',
  key: 'a property name in double quotes is expected',
  ':': 'a colon is expected',
  ',': 'a comma or the closing bracket is expected',
  nothing: 'nothing may follow the value',
}

const space = /[ \t\n\r]*/y
/** A quote, a backslash or a control character, which a string cannot contain unescaped. */
const special = /[^ !#-[\]-\uffff]/g
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

/** Scans the text up to the first problem. Uses no recursion, so that any depth is possible. */
function findProblem(text: string): JsonProblem {
  const open: ('[' | '{')[] = []
  let expected: Expected = 'value'
  let at = skip(space, text, 0)
  while (at < text.length) {
    const found = text[at] ?? ''
    const next = step(text, at, found, expected, open)
    if (typeof next === 'string') return problemAt(text, at, next)
    if (next.problem) return problemAt(text, next.at, next.problem)
    expected = next.expected
    at = skip(space, text, next.at)
  }
  return problemAt(text, text.length, `the text ends too early: ${expectations[expected]}`)
}

interface Step {
  readonly at: number
  readonly expected: Expected
  readonly problem?: string
}

function step(
  text: string,
  at: number,
  found: string,
  expected: Expected,
  open: ('[' | '{')[],
): Step | string {
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : ',')
  const innermost = open.at(-1)
  const mayClose = expected === ',' || expected === innermost
  if (mayClose && ((found === ']' && innermost === '[') || (found === '}' && innermost === '{'))) {
    open.pop()
    return { at: at + 1, expected: afterValue() }
  }
  if (expected === ':' && found === ':') return { at: at + 1, expected: 'value' }
  if (expected === ',' && found === ',') return { at: at + 1, expected: innermost === '{' ? 'key' : 'value' }
  const takesKey = expected === 'key' || expected === '{'
  const takesValue = expected === 'value' || expected === '['
  if (found === '"' && (takesKey || takesValue)) {
    return { ...stepOverString(text, at + 1), expected: takesKey ? ':' : afterValue() }
  }
  if (takesValue && (found === '[' || found === '{')) {
    open.push(found)
    return { at: at + 1, expected: found }
  }
  const end = takesValue ? skip(scalar, text, at) : at
  if (end > at) return { at: end, expected: afterValue() }
  return unexpected(text, at, expected)
}

function unexpected(text: string, at: number, expected: Expected): string {
  if (/^\/[/*]/.test(text.slice(at, at + 2))) return `${expectations[expected]}, and JSON has no comments`
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return `${expectations[expected]}, not ${JSON.stringify(character)}`
}

/** Scans from after the opening quote to after the closing one, or to the problem. */
function stepOverString(text: string, start: number): { readonly at: number; readonly problem?: string } {
  let at = start
  for (;;) {
    special.lastIndex = at
    at = special.test(text) ? special.lastIndex - 1 : text.length
    if (text[at] === '"') return { at: at + 1 }
    if (at === text.length) return { at, problem: 'the text ends inside a string' }
    if (text[at] !== '\\') return { at, problem: 'a control character in a string must be escaped' }
    const end = skip(escaped, text, at)
    if (end === at) return { at, problem: 'this escape is not allowed in a string' }
    at = end
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function problemAt(text: string, at: number, message: string): JsonProblem {
  const before = text.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: at - lineStart + 1, message }
}
