// Writes openapi.json, the description that the service gives of itself, and docs/api.md, the same for people: run it
// when a route has changed.
import { writeFileSync } from 'node:fs'
import { apiReference } from './api-reference.ts'
import { describeApi } from './describe-api.ts'

const document = await describeApi()
writeFileSync(new URL('../openapi.json', import.meta.url), document)
writeFileSync(new URL('../docs/api.md', import.meta.url), apiReference(document))
console.log('openapi.json and docs/api.md are written.')
