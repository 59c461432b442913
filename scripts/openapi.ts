// Writes openapi.json, the description that the service gives of itself: run it when a route has changed.
import { writeFileSync } from 'node:fs'
import { describeApi } from './describe-api.ts'

const file = new URL('../openapi.json', import.meta.url)
writeFileSync(file, await describeApi())
console.log('openapi.json is written.')
