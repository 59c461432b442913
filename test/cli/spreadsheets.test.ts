// What spreadsheet programs make of a file of units, read in this process; what is sent is tested by batch.test.ts.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { CommandError } from '../../src/cli/terminal/command-error.ts'
import type { UnitRow } from '../../src/cli/unit-files/unit-rows.ts'
import { readUnits, type Units } from '../../src/cli/unit-files/units-input.ts'
import { unit } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/program.ts'

const [r1, r2, r3] = ['R1', 'R2', 'R3'].map(unit) as [string, string, string]

type Reading = (content: string | Uint8Array, unitColumn?: string) => Promise<Units>

function readingIn(t: TestContext): Reading {
  const file = path.join(temporaryFolder(t), 'rooms.csv')
  return (content, unitColumn = 'unitId') => {
    writeFileSync(file, content)
    return readUnits({ units: [], file, unitColumn, needsStage: true })
  }
}

async function problemWith(read: Promise<Units>): Promise<string> {
  const error = await read.then(
    ({ rows }) => assert.fail(`It was read: ${JSON.stringify(rows)}`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof CommandError, String(error))
  assert.equal(error.exitCode, 2)
  return error.message
}

/** The rows without their places. */
const said = ({ rows }: Units) => rows.map(({ index: _, ...row }: UnitRow) => row)

const encodings: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'UTF-16 without a mark': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16, big-endian, without a mark': (text) => Buffer.from(text, 'utf16le').swap16(),
  'Windows-1252': (text) => Buffer.from(text, 'latin1'),
}

describe('A file out of a spreadsheet', () => {
  test('is read whatever separates its columns, ends its lines and encodes its letters', async (t) => {
    const read = readingIn(t)
    for (const [encoding, encode] of Object.entries(encodings)) {
      for (const delimiter of [',', ';', '\t', '|']) {
        for (const end of ['\n', '\r\n', '\r']) {
          const lines = [
            ['"Größe, m²; a|b\tc"', '"Room\nNo"', 'Unit ID', 'Stage'],
            ['12', '"1 ""Süd"""', r1, 'development'],
            ['', '', '', ''],
            ['"a\nb"', 'é', `"${r2}"`, ''],
            ['', '', `\u00a0${r3}\u00a0`, 'LIVE', '', ''],
          ]
          const text = lines.map((cells) => cells.join(delimiter).replaceAll('\n', end) + end).join(end)
          const units = await read(encode(text))
          const at = `${encoding} ${JSON.stringify(delimiter + end)}`
          assert.deepEqual(
            said(units),
            [{ unitId: r1, stage: 'development' }, { unitId: r2 }, { unitId: r3, stage: 'live' }],
            at,
          )
          assert.deepEqual([units.file?.encoding, units.file?.delimiter], [encoding, delimiter])
          assert.deepEqual(units.notes.length, 1)
          assert.match(units.notes[0] ?? '', /^not used: the columns Größe, m²; a\|b.*, Room.No\.$/)
        }
      }
    }
  })

  test('of a Japanese Excel has its names right', async (t) => {
    // 部屋,ユニット,備考
    const header = [0x95, 0x94, 0x89, 0xae, 0x2c, 0x83, 0x86, 0x83, 0x6a, 0x83, 0x62, 0x83, 0x67, 0x0a]
    const units = await readingIn(t)(
      Buffer.concat([Buffer.from(header), Buffer.from(`1,${r1}\n`)]),
      'ユニット',
    )
    assert.deepEqual([said(units), units.file?.encoding], [[{ unitId: r1 }], 'Shift_JIS'])
  })

  test('may mix line ends, name its separator, and have marks, spaces and signs around its cells that nobody sees', async (t) => {
    const read = readingIn(t)
    const both = [{ unitId: r1 }, { unitId: r2 }]
    const first = { unitId: r1, stage: 'development' }
    const table: readonly [text: string, rows: readonly object[]][] = [
      [`unitId,stage\r\n${r1},\n${r2},\n`, both],
      [`unitId,stage\n${r1},\r\n${r2},\r\n`, both],
      [`unitId\r${r1}\n${r2}\r\n`, both],
      [`${r1}\r\n${r2}\n`, both],
      [`${r1}\r${r2}`, both],
      [`sep=;\r\nunitId;stage\r\n${r1};development\r\n`, [first]],
      [`"sep=|"\nunitId|stage\n${r1}|development`, [first]],
      [`sep=\t\nunitId\tstage\n${r1}\tdevelopment`, [first]],
      [`SEP=^\nunitId^stage\n${r1}^development`, [first]],
      [`sep=,,,\nunitId,stage\n${r1},development`, [first]],
      [`\n\n;;\nunitId;stage\n;\n${r1};development\n;;;\n\n`, [first]],
      ['unitId,\nstage', []],
      [`#,unitId\n1,${r1}\n2,${r2}\n`, both],
      [`# the "old", "west" wing, ${r3}\nunitId\n${r1}\n#${r3}\n${r2}\n# end`, both],
      [`\u200b${r1}\u200b\n\ufeff${r2}\u2060\u00ad\n`, both],
      [`\u3000unitId\u3000\n\u00a0\u202f${r1}\t\n${r2} \n`, both],
      [`'unitId,'stage\n'${r1},'development\n`, [first]],
      [`unitId,stage\n"=""${r1}""","=""development"""\n`, [first]],
      [`"unitId","stage"\n"${r1}" , "development"\n`, [first]],
      [`unitId,name\n${r1},Room "5"\n${r2},6" pipe\n`, both],
      [`unitId,name\n"\n${r1}\n",x\n${r2}\n`, both],
      [
        `unitId;stage;locales\n${r1};development;en-US, es-US\n`,
        [{ ...first, nameFreeInvocationRequest: { locales: ['en-US', 'es-US'] } }],
      ],
      [`unitId;partitionName\n${r1};Room101,Room102\n`, [{ unitId: r1, partitionName: 'Room101,Room102' }]],
      [
        `unitId,redirectUri,authCode\n${r1},https://a.example/?x=1,'code"=\n`,
        [
          {
            unitId: r1,
            accountLinkRequest: {
              redirectUri: 'https://a.example/?x=1',
              authCode: `'code"=`,
              type: 'AUTH_CODE',
            },
          },
        ],
      ],
    ]
    for (const [text, rows] of table) {
      if (rows.length === 0) assert.match(await problemWith(read(text)), /where the ID of a unit should be/)
      else assert.deepEqual(said(await read(text)), rows, JSON.stringify(text))
    }
  })

  test('has columns whose names differ in case, spaces, _ and -, and says which it does not use', async (t) => {
    const read = readingIn(t)
    for (const name of [
      'unitId',
      'UNITID',
      'Unit ID',
      'unit_id',
      'unit-id',
      ' Unit\u00a0Id ',
      'ｕｎｉｔＩＤ',
      'Unit\n ID',
    ]) {
      for (const stage of ['stage', 'Stage', 'STAGE', ' sta-ge ', 'Stage_']) {
        const units = await read(`Note,"${name}","${stage}"\nx,${r1},Development\n`)
        assert.deepEqual(said(units), [{ unitId: r1, stage: 'development' }], name)
        assert.deepEqual(units.notes, ['not used: the column Note.'])
      }
      assert.deepEqual(said(await read(`x,"${name}"\n1,${r1}\n`, name.toUpperCase())), [{ unitId: r1 }])
    }
    const { notes } = await read(`unitId,stag,partitionNames,,empty,status\n${r1},x,y,z,,free\n${r2}\n`)
    assert.deepEqual(notes, [
      'not used: the columns stag (is stage meant?), partitionNames (is partitionName meant?), number 4 (without a name), status.',
      'fewer cells than the header: line 3.',
    ])
    const ours = await read(`unitId,status,errorCode,errorDescription\n${r1},400,X,Y\n`)
    assert.deepEqual(ours.notes, [])
  })

  test('that cannot be meant as it is is refused with the lines of the file, and no row of it is passed over', async (t) => {
    const read = readingIn(t)
    const table: readonly [text: string, problem: RegExp][] = [
      // The separator of the header is not that of a row.
      [
        `unitId,stage\n${r1},live\n${r2};live\n`,
        /: line 3 has \S+R2;live where the ID of a unit should be\./,
      ],
      [`unitId;stage\n${r1};live\n${r2}\tlive\n`, /line 3 has/],
      [`unitId,stage\n${r1},live\n${r2}|live\n`, /line 3 has/],
      [`unitId\n${r1}\n${r2},live\n`, /line 3 has more cells than the header: live is in no column/],
      // A comma too many, so that cells are not where they seem to be.
      [`name,unitId,stage\nRoom 5, west,${r1},live\n`, /line 2 has more cells than the header: live/],
      [`name,unitId,stage\nRoom 5, west,${r1}\n`, /line 2 has west where the ID of a unit/],
      [`unitId,partitionName,stage\n${r1},A1,A2,live\n`, /line 2 has more cells/],
      [`unitId,stage,partitionName\n${r1},live,A1,A2\n`, /line 2 has more cells/],
      // A quotation mark that takes rows in.
      [`name,unitId\n"Room 5,${r1}\nRoom 6",${r2}\n`, /line 2 has a cell of several lines with units in it/],
      [`name,unitId\n5,${r1}\n"6,${r2}\n7",${r3}\n`, /line 3 has a cell of several lines/],
      [`unitId,name\n${r1},"Room 5\n${r2},"Room 6\n`, /line 2 has (a cell of several|text after a closing)/],
      [`unitId\n${r1}\n"${r2}\n`, /line 3 begins a cell with a quotation mark that is never closed/],
      [`unitId,name\n${r1},"Room" 5\n${r2},x\n`, /line 2 has text after a closing quotation mark/],
      [`unitId,name\n"${r1}\n${r2}",x\n`, /line 2 has a cell of several lines/],
      // What a formula leaves behind.
      [`unitId,stage\n#N/A,live\n${r1},live\n`, /line 2 begins with #N\/A, an error of the spreadsheet/],
      [`${r1}\n#REF!\n#BEZUG!\n#¡REF!\n#NV`, /line 2 .*\n.*line 3 .*\n.*line 4 .*\n.*line 5 /],
      [`name,unitId\n#5 Suite,${r1}\n6,${r2}\n`, /line 2 begins with # like a comment, but has a unit/],
      [`unitId,stage\n${r1},#N/A\n`, /line 2 has the stage #N\/A/],
      // Values that mean nothing.
      [
        `unitId,stage\n\n\n${r1},live\n${r2},lvie\n`,
        /: line 5 has the stage lvie, which is not one of development, /,
      ],
      [`unitId,stage\n${r1},live\n,live\n`, /line 3 has no unit/],
      [`unitId,redirectUri\n${r1},https://a.example\n`, /line 2 has only one of redirectUri and authCode/],
      [`unitId\n${r1}\nRoom "5"\n`, /line 3 has Room "5" where/],
      ['unitId\namzn1.ask.skill.x\n', /line 2 has amzn1\.ask\.skill\.x where/],
      [`unitId\n${r1}\u200bX\n`, /line 2 has \S+R1<U\+200B>X where/],
      [`unitId\n${r1}\nunitId\n${r2}\n`, /line 3 has unitId where/],
      [`unitId\n${r1},\0\n`, /NUL/],
      [
        `unitId,Stufe\n${r1},development\n`,
        /line 2 has development in the column Stufe\. Rename the column to stage, or use --stage/,
      ],
      [`unitId,stage\n${r1},live\n${r2},\n${r1},development\n`, /line 4 differs from line 2 for \S+R1/],
      // Columns that cannot be told.
      [`unitId,Unit ID\n${r1},${r2}\n`, /has the column unitId twice: as unitId and as Unit ID/],
      [`unitId,Stage,stage\n${r1},live,development\n`, /has the column stage twice/],
      [
        `name;unit\nWard;${r1}\n`,
        /has no column unitId; it begins with: name ; unit\. .*--unit-column "unit"/,
      ],
      [`"Room No","Unit"\n1,${r1}\n`, /begins with: Room No, Unit\. .*--unit-column "Unit"/],
      [
        `${r1},development\n${r2},live\n`,
        /begins with a unit that has more cells in its line.* such as: unitId,stage\./,
      ],
      [`${r1}\tdevelopment\n`, /begins with a unit/],
      // Nothing in it.
      ['', /has no units/],
      ['unitId\n', /has no units/],
      ['unitId,stage\r\n,,\r\n', /has no units/],
      ['\ufeff', /has no units/],
      ['sep=;\n', /has no units/],
      ['# nothing yet\n', /has no units/],
    ]
    for (const [text, problem] of table) {
      const message = await problemWith(read(text))
      assert.match(message, problem, JSON.stringify(text))
    }
    const many = await problemWith(read(`unitId\n${'x\n'.repeat(40)}`))
    assert.equal(many.split('\n').length, 12)
    assert.match(many, /Nothing was sent\.\n {2}line 2 .*\n {2}and 30 more$/s)
  })

  test('that is none is told what it is', async (t) => {
    const read = readingIn(t)
    const table: readonly [bytes: string, problem: RegExp][] = [
      ['PK\x03\x04\x14\x00\x06\x00[Content_Types].xml', /is a workbook \(\.xlsx, .*Save the sheet as CSV/],
      ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', /is a workbook of an old Excel/],
      ['\x1f\x8b\x08\x00', /is a compressed file/],
      ['%PDF-1.7', /is a PDF document/],
      ['<html><table>', /is HTML or XML/],
      ['unitId\n\0\0\x01\x02\0', /has NUL bytes/],
      ['\xff\xd8\xff\xe0\0\x10JFIF\0', /has NUL bytes/],
    ]
    for (const [bytes, problem] of table)
      assert.match(await problemWith(read(Buffer.from(bytes, 'latin1'))), problem)
    const file = temporaryFolder(t)
    const reading = readUnits({ units: [], file, unitColumn: 'unitId' })
    assert.match(await problemWith(reading), /cannot be read: it is a folder/)
  })

  test('may tell a unit twice, which is used once and said', async (t) => {
    const read = readingIn(t)
    const again = await read(`unitId,stage\n${r1},live\n${r2},\n${r1},Live\n\n${r1},live\n`)
    assert.deepEqual(said(again), [{ unitId: r1, stage: 'live' }, { unitId: r2 }])
    assert.deepEqual([again.rowCount, again.notes], [4, ['4 rows, 2 units; repeated: lines 4, 6.']])
    const named = await readUnits({ units: [r1, r2, r1], unitColumn: 'unitId' })
    assert.deepEqual([named.rows.length, named.notes], [2, ['3 IDs, 2 units.']])
  })

  test('never loses a unit: whatever is done to its text, each is read, or the file is refused, or it is said', async (t) => {
    const read = readingIn(t)
    const cell = fc.constantFrom('', 'x', '12', 'Süd', 'a b', '"q"', '"a,b"', "'x", '#5')
    const delimiter = fc.constantFrom(',', ';', '\t', '|')
    const harm = fc.record({
      place: fc.nat(),
      insert: fc.constantFrom(
        '"',
        ',',
        ';',
        '\t',
        '\n',
        '\r',
        '\r\n',
        '#',
        ' ',
        '\u00a0',
        '\0',
        "'",
        '="',
        '|',
        '""',
      ),
    })
    const file = fc.record({
      header: fc.constantFrom(['unitId'], ['unitId', 'name'], ['name', 'Unit ID'], ['a', 'UNIT_ID', 'stage']),
      delimiter,
      other: fc.option(delimiter, { nil: undefined, freq: 3 }),
      ends: fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 3 }),
      rows: fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
      harms: fc.array(harm, { maxLength: 3 }),
    })
    let readCount = 0
    await fc.assert(
      fc.asyncProperty(file, async ({ header, delimiter, other, ends, rows, harms }) => {
        const place = header.findIndex((name) => /unit/i.test(name))
        const lines = rows.map((cells, index) => {
          const all = [...cells.slice(0, place), unit(`R${index}`), ...cells.slice(place, header.length - 1)]
          return all.map((text, at) => (header[at] === 'stage' ? 'live' : text)).join(other ?? delimiter)
        })
        let text = [header.join(delimiter), ...lines]
          .map((line, index) => line + (ends[index % ends.length] ?? '\n'))
          .join('')
        for (const { place: at, insert } of harms) {
          const split = at % (text.length + 1)
          text = text.slice(0, split) + insert + text.slice(split)
        }
        // What a unit is called after all that: it may be cut in two, and then is none.
        const there = rows.map((_, index) => unit(`R${index}`)).filter((id) => text.includes(id))
        let units: Units
        try {
          units = await read(text)
        } catch (error) {
          assert.ok(error instanceof CommandError, String(error))
          return
        }
        readCount += 1
        const found = new Set(units.rows.map(({ unitId }) => unitId))
        const commented = text
          .split(/[\r\n]+/)
          .filter((line) => /^\s*#/.test(line) && line.includes('amzn1.'))
        const isSaid =
          commented.length === 0 || units.notes.some((note) => note.startsWith('comment with a unit'))
        assert.ok(isSaid, text)
        const lost = there.filter((id) => !found.has(id) && !commented.some((line) => line.includes(id)))
        // Cut short by a line end or a sign inside it, it is refused; longer by a letter it is another unit.
        assert.deepEqual(lost, [], `${JSON.stringify(text)}: ${JSON.stringify(units.rows)}`)
      }),
      { numRuns: 1500 },
    )
    assert.ok(readCount > 150, `Only ${readCount} files were read.`)
  })
})
