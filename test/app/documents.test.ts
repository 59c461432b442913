import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { withSettingsTable } from '../../scripts/settings-table.ts'
import { checkCatalog } from '../../src/operations/check-catalog.ts'

describe('The documents agree with the program:', () => {
  test('docs/operating.md has every setting as it is', () => {
    const document = read('docs/operating.md')
    assert.equal(document, withSettingsTable(document), 'Run: npm run settings')
  })

  test('the example in docs/catalog.md is a good catalog', () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/catalog.md')) ?? []
    const { problems, missingUnits, missingSkills } = checkCatalog(JSON.parse(example), () => undefined)
    assert.deepEqual([...problems, ...missingUnits, ...missingSkills], [])
  })
})

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}
