// What turns rows into values: it reads nothing that a statement does not give.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Row } from '../../src/storage/engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../../src/storage/engine/row-reader.ts'

const newReader = () =>
  rowReader({ id: text(), at: integer, names: json<string[]>(), note: nullable(text()) }, (row) => ({
    id: row.id,
    at: row.at,
    names: parsed(row.names),
    note: row.note ?? undefined,
  }))
const sound = { id: 'one', at: 1, names: '["a"]', note: null }

describe('A reader of rows', () => {
  test('makes a value of each row, and names the columns that it needs', () => {
    const read = newReader()
    assert.equal(read.columns, 'id, at, names, note')
    assert.deepEqual(read(sound), { id: 'one', at: 1, names: ['a'], note: undefined })
    assert.deepEqual(read({ ...sound, note: 'n', more: 1 }), { id: 'one', at: 1, names: ['a'], note: 'n' })
  })

  test('refuses a first row in which any column is missing or holds something else, without the value', () => {
    const bad = fc.constantFrom<[string, unknown]>(
      ...['id', 'names'].flatMap((name): [string, unknown][] => [
        [name, undefined],
        [name, null],
        [name, 7_654_321],
        [name, new Uint8Array(3)],
      ]),
      ['at', undefined],
      ['at', null],
      ['at', '7654321'],
      ['at', 7_654_321n],
      ['note', undefined],
      ['note', 7_654_321],
      ['note', true],
    )
    fc.assert(
      fc.property(bad, ([name, value]) => {
        const row: Row = { ...sound, [name]: value }
        assert.throws(
          () => newReader()(row),
          ({ message }: Error) => message.startsWith(`The column ${name} `) && !message.includes('7654321'),
        )
      }),
    )
  })

  test('refuses the next row after one that was refused', () => {
    const read = newReader()
    assert.throws(() => read({ ...sound, at: null }))
    assert.throws(() => read({ ...sound, at: null }))
    assert.equal(read(sound).at, 1)
  })

  test('is told the columns by every statement: none of the nouns selects whatever there is', () => {
    const root = new URL('../../src/storage/', import.meta.url)
    const offenders = globSync('**/*.ts', { cwd: root }).filter(
      (file) =>
        !/^(transfer|postgres)\b/.test(file) &&
        /(select|returning) \*/.test(readFileSync(new URL(file, root), 'utf8')),
    )
    assert.deepEqual(offenders, [])
  })
})
