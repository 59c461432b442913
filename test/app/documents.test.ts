import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { apiReference } from '../../scripts/api-reference.ts'
import { withSettingsTable } from '../../scripts/settings-table.ts'
import { checkCatalog } from '../../src/operations/catalog/check-catalog.ts'
import { Country, Solution } from '../../src/protocol/catalog.ts'

describe('The documents agree with the program:', () => {
  test('docs/operating.md has every setting as it is', () => {
    const document = read('docs/operating.md')
    assert.equal(document, withSettingsTable(document), 'Run: npm run settings')
  })

  test('docs/api.md has every operation, parameter and body of the description', () => {
    const page = read('docs/api.md')
    const description = read('openapi.json')
    assert.equal(page, apiReference(description), 'Run: npm run openapi')
    const { paths, components } = JSON.parse(description)
    for (const [path, operations] of Object.entries<Record<string, { summary: string; operationId: string }>>(
      paths,
    ))
      for (const [method, { summary, operationId }] of Object.entries(operations)) {
        assert.ok(page.includes(`\n### ${summary} (${operationId})\n\n\`${method.toUpperCase()} ${path}\``))
      }
    for (const name of Object.keys(components.schemas)) assert.ok(page.includes(`\n### ${name}\n`), name)
  })

  for (const name of ['docs/operating.md', 'docs/troubleshooting.md']) {
    test(`${name} begins with its contents`, () => {
      const [before = '', ...sections] = read(name).split(/^## /m)
      const listed = [...before.matchAll(/\[([^\]]+)\]\(#[^)]+\)/g)].map(([, title]) => title)
      assert.deepEqual(
        listed,
        sections.map((section) => section.split('\n', 1)[0]),
      )
    })
  }

  test('every message in docs/troubleshooting.md is one that the program has', () => {
    const ours = read('docs/troubleshooting.md').split('## What other programs say')[0] ?? ''
    const messages = [...ours.matchAll(/^\| `([^`]+)`/gm)].map(([, message = '']) => message)
    assert.ok(messages.length > 40)
    const said = globSync('{src,bin}/**/*.{ts,js}', { cwd: new URL('../..', import.meta.url) })
      .map((file) => withoutSeams(read(file)))
      .join('\n')
    const unknown = messages.filter((message) =>
      message.split('…').some((piece) => !said.includes(piece.trim())),
    )
    assert.deepEqual(unknown, [])
  })

  test('docs/catalog.md names every solution and every country', () => {
    const [record = ''] = /^- \*\*Organization\*\*[\s\S]*?^- /m.exec(read('docs/catalog.md')) ?? []
    for (const kind of [Solution, Country]) {
      const names = kind.anyOf.map((value) => value.const)
      assert.ok(names.length > 4)
      for (const name of names) assert.ok(record.includes(`\`${name}\``), name)
    }
  })

  test('the example in docs/catalog.md is a good catalog', () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/catalog.md')) ?? []
    const { problems, missingUnits, missingSkills } = checkCatalog(JSON.parse(example), () => undefined)
    assert.deepEqual([...problems, ...missingUnits, ...missingSkills], [])
  })
})

/** Texts that are put together from several lines, as one. */
function withoutSeams(code: string): string {
  return code.replaceAll(/['"`]\s*\+\s*['"`]/g, '').replaceAll("\\'", "'")
}

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}
