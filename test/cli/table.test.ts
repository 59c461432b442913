import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { type Column, fittedTable, fullTable } from '../../src/cli/terminal/table.ts'
import { cutToWidth, textWidth } from '../../src/cli/terminal/text-width.ts'
import { hospital } from '../support/catalogs.ts'
import { hasTerminal, startCommandLine } from '../support/command-line.ts'

const { nurseCall, pharmacy, room, otherRoom, ward } = hospital

interface Row {
  readonly status: string
  readonly skill: string
  readonly unit: string
  readonly request: string
  readonly detail: string
}

const columns: readonly Column<Row>[] = [
  { title: 'STATUS', name: 'status', value: ({ status }) => status },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skill }) => skill },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unit }) => unit },
  { title: 'REQUEST', name: 'requestId', isId: true, isSpare: true, value: ({ request }) => request },
  { title: 'DETAIL', name: 'detail', isBelow: true, value: ({ detail }) => detail },
]
const word = fc.string({ minLength: 0, maxLength: 60, unit: 'grapheme' })
const id = fc
  .tuple(
    fc.constantFrom('amzn1.ask.skill.', 'amzn1.alexa.unit.did.', ''),
    fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/),
  )
  .map((parts) => parts.join(''))
const row: fc.Arbitrary<Row> = fc.record({ status: word, skill: id, unit: id, request: id, detail: word })

describe('A table that has to fit', () => {
  test('has no line that is wider than the terminal, whatever stands in it', () => {
    const rows = fc.array(row, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(rows, word, fc.integer({ min: 8, max: 200 }), (items, name, width) => {
        const names = new Map(items.map((item) => [item.unit, name]))
        const lines = fittedTable(columns, items, width, names).split('\n')
        for (const line of lines)
          assert.ok(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`)
        const below = items.filter(({ detail }) => detail !== '').length
        assert.equal(lines.length, 1 + items.length + below + 1)
      }),
    )
  })

  test('shows IDs by endings that tell them apart, all of them where there is room', () => {
    const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(ids, (units) => {
        const only = columns.slice(2, 3)
        const items = units.map((unit) => ({ status: '', skill: '', unit, request: '', detail: '' }))
        const shown = fittedTable(only, items, 300, new Map()).trimEnd().split('\n').slice(1)
        for (const [index, text] of shown.entries()) {
          const ending = text.replace(/^…/, '')
          assert.ok(units[index]?.endsWith(ending))
          const part = (one: string) => one.slice(one.lastIndexOf('.') + 1)
          // It is all that stands behind a dot, or the ending of no other.
          assert.ok(
            part(units[index] ?? '') === ending || units.filter((one) => one.endsWith(ending)).length === 1,
          )
        }
      }),
    )
  })

  test('puts names beside the endings, and cuts them before anything else', () => {
    const item = { status: 'ENABLED', skill: nurseCall, unit: room, request: 'a'.repeat(40), detail: '' }
    const names = new Map([
      [nurseCall, 'Nurse call'],
      [room, 'The first room'],
    ])
    const shown = (width: number) => fittedTable(columns, [item], width, names).split('\n')[1]
    assert.equal(shown(80), 'ENABLED  Nurse call …nurse-call  The first room …ROOM-1  …aaaaaa')
    assert.equal(shown(60), 'ENABLED  Nurse call …nurse-call  The first room …ROOM-1')
    assert.equal(shown(50), 'ENABLED  Nurse… …nurse-call  The first r… …ROOM-1')
    assert.equal(shown(34), 'ENABLED  …nurse-call  The… …ROOM-1')
    assert.match(fullTable(columns, [item]), new RegExp(`${nurseCall} +${room} +a{40}`))
  })

  test('may have more rows than a call may have arguments', () => {
    const item = { status: 'ENABLED', skill: nurseCall, unit: room, request: '', detail: '' }
    const many = Array.from({ length: 150_000 }, () => item)
    assert.equal(fittedTable(columns, many, 80, new Map()).split('\n').length, 150_002)
  })

  test('measures text by the places that it takes', () => {
    for (const [text, width] of [
      ['abc', 3],
      ['é', 1],
      ['e\u0301', 1],
      ['部屋', 4],
      ['한국', 4],
      ['🏥', 2],
      ['👩‍⚕️', 2],
      ['', 0],
      ['ｗｉｄｅ', 8],
    ] as const)
      assert.equal(textWidth(text), width, text)
    assert.equal(cutToWidth('部屋101', 4), '部…')
    assert.equal(cutToWidth('Room 101', 6), 'Room…')
    assert.equal(cutToWidth('Room', 4), 'Room')
  })
})

describe('The command line at a terminal', { concurrency: 2 }, () => {
  test('fits its tables into 80 columns, and shows all with --wide, in CSV and in JSON', async (t) => {
    if (!hasTerminal()) return t.skip('script is not installed')
    const { run } = await startCommandLine(t, 130)
    for (const unit of [room, otherRoom]) await run(['enable', nurseCall, unit])
    // Refused.
    await run(['get', pharmacy, room])
    for (const command of [
      ['get', nurseCall, room],
      ['list', room, otherRoom],
      ['operations'],
      ['refusals'],
      ['units', 'list', ward],
      ...['skills', 'clients', 'organizations'].map((kind) => ['catalog', 'show', kind]),
      ['catalog', 'show', 'units', ward],
    ]) {
      const { exitCode, stdout } = await run(command, { terminal: 80 })
      assert.equal(exitCode, 0, stdout)
      const lines = stripVTControlCharacters(stdout)
        .split(/\r?\n/)
        .filter((line) => !line.includes('█'))
      assert.ok(lines.length > 1)
      for (const line of lines) assert.ok(textWidth(line) <= 80, line)
      if (command[0] === 'catalog') continue
      const csv = await run([...command, '--output', 'csv'], { terminal: 80 })
      assert.ok(csv.stdout.includes(room), csv.stdout)
      const wide = await run([...command, '--wide'], { terminal: 80 })
      assert.ok(wide.stdout.includes(room), wide.stdout)
      // Through a pipe, as to grep, nothing is shortened.
      assert.ok((await run(command)).stdout.includes(room))
    }
    const { stdout } = await run(['get', nurseCall, room], { terminal: 80 })
    assert.match(stdout, /^ENABL(ED|ING) +live .*Nurse call …nurse-call +Room 1 …ROOM-1/m)
    const refusals = await run(['refusals'], { terminal: 80 })
    assert.match(refusals.stdout, /^01-01 12:00:00 {2}get .*…pharmacy.* …ROOM-1.*\r?\n {2}The /m)
  })

  test('lists the skills of the catalog before those that every catalog has', async (t) => {
    const { run } = await startCommandLine(t)
    const { stdout } = await run(['catalog', 'show', 'skills', '--output', 'csv'])
    const names = stdout
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0] ?? '')
    const first = names.findIndex((name) => name.startsWith('Subscription '))
    assert.equal(first, 5)
    assert.equal(
      names.slice(first).every((name) => name.startsWith('Subscription ')),
      true,
    )
  })
})
