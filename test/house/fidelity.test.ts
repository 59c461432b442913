// The ledger is held to what it says: every row is there, and names tests that are there.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

const root = new URL('../../', import.meta.url)
const rows = readFileSync(new URL('docs/fidelity.md', root), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]?\d+ \|/.test(line))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    return { id: cells[1] ?? '', tests: (cells.at(-2) ?? '').split('<br>') }
  })

describe('The ledger', () => {
  test('has each row once, and none is missing', () => {
    const sections: [prefix: string, count: number][] = [
      ['', 39],
      ['C', 28],
      ['A', 6],
      ['G', 16],
      ['L', 10],
      ['E', 13],
      ['D', 8],
      ['B', 16],
      ['T', 8],
      ['K', 16],
      ['U', 15],
      ['Z', 22],
      ['S', 7],
      ['H', 23],
      ['P', 11],
      ['R', 3],
    ]
    const expected = sections.flatMap(([prefix, count]) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`),
    )
    assert.deepEqual(rows.map(({ id }) => id).sort(), expected.sort())
  })

  test('names at least one test in each row, and each of them is there', () => {
    const missing = rows.flatMap(({ id, tests }) =>
      tests.filter((reference) => !isThere(reference)).map((reference) => `row ${id}: ${reference}`),
    )
    assert.deepEqual(missing, [])
  })
})

/** A reference is the file below `test/` without its ending, and the title of a test in it. */
function isThere(reference: string): boolean {
  const [, file = '', title = ''] = /^`([a-z/-]+)` › (.+)$/.exec(reference) ?? []
  const path = new URL(`test/${file}.test.ts`, root)
  return (
    title !== '' &&
    existsSync(path) &&
    titlesIn(readFileSync(path, 'utf8')).some((pattern) => pattern.test(title))
  )
}

/** The titles of the tests in a source file; where a template has an expression, anything may stand. */
function titlesIn(source: string): RegExp[] {
  return [...source.matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs)].map(([, quote, text = '']) => {
    const parts = quote === '`' ? text.split(/\$\{[^}]*\}/) : [text]
    return new RegExp(`^${parts.map((part) => literally(part.replaceAll('\\', ''))).join('.+')}$`)
  })
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
