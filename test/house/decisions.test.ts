// The index of the decision records lists what is there, under the titles that the records have.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const folder = new URL('../../docs/decisions/', import.meta.url)

test('docs/decisions/README.md lists every decision record once, with its number and title', () => {
  const records = readdirSync(folder)
    .filter((file) => file !== 'README.md')
    .map((file) => `${file} ${read(file).split('\n', 1)[0]}`)
  const listed = [...read('README.md').matchAll(/^- \[(\d+)\]\((\S+)\) (.+)$/gm)].map(
    ([, number, file, title]) => `${file} # ${number} ${title}`,
  )
  assert.deepEqual(listed.sort(), records.sort())
})

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}
