// Writes openapi.json, the OpenAPI document of the service, and docs/api.md, the same for people. Run it after a route has
// changed.
import { writeFileSync } from 'node:fs'
import { apiReference } from './api-reference.ts'
import { describeApi } from './describe-api.ts'

const document = await describeApi()
writeFileSync(new URL('../openapi.json', import.meta.url), document)
writeFileSync(new URL('../docs/api.md', import.meta.url), apiReference(document))
console.log('openapi.json and docs/api.md are written.')
