// Writes the table of settings into docs/operating.md. Run it after src/app/settings/settings.ts has changed.
import { readFileSync, writeFileSync } from 'node:fs'
import { withSettingsTable } from './settings-table.ts'

const file = new URL('../docs/operating.md', import.meta.url)
writeFileSync(file, withSettingsTable(readFileSync(file, 'utf8')))
console.log('docs/operating.md is written.')
