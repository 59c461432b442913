/**
 * The obvious way to keep enablements: `node:http`, and an insert into the same table for each request, committed by
 * itself before the answer. No token, no checks, no operations log, no background step. The argument is a data folder
 * that a service has made.
 */
import { createServer } from 'node:http'
import path from 'node:path'
import { insertEnablement, openForWriting } from '../support/bare-sqlite.ts'

const database = openForWriting(path.join(process.argv[2] ?? '', 'skillkeeper.db'))
const insert = insertEnablement(database)
const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    text += chunk
  })
  request.on('end', () => {
    const { unitId } = JSON.parse(text)
    const skillId = request.url?.split('/')[3] ?? ''
    insert(unitId, skillId)
    const body = JSON.stringify({
      skill: { stage: 'live', id: skillId },
      unit: { id: unitId },
      status: 'ENABLING',
    })
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
})
server.keepAliveTimeout = 65_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`listens at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
process.on('SIGTERM', () => process.exit())
