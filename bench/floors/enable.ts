/**
 * The obvious way to keep enablements: `node:http`, and an insert for each request. No token, no checks, no background. Arguments: the file to
 * make, the form of its table, and the number of units. The text form has one commit for each request; the lean form has one commit for all
 * requests that arrived in the same turn. Every response waits for its commit.
 */
import { createServer } from 'node:http'
import { makeBareTable } from './bare-sqlite.ts'
import type { TableForm } from './tables.ts'

const [file = '', form = 'text', units = '0'] = process.argv.slice(2)
const { database, insert } = makeBareTable(file, form as TableForm, Number(units))
let waiting: { write: () => void; answer: () => void }[] = []

function commitWaiting(): void {
  const group = waiting
  waiting = []
  database.exec('begin immediate')
  for (const { write } of group) write()
  database.exec('commit')
  for (const { answer } of group) answer()
}

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    text += chunk
  })
  request.on('end', () => {
    const { unitId } = JSON.parse(text)
    const skillId = request.url?.split('/')[3] ?? ''
    const write = () => insert(unitId, skillId)
    const answer = () => {
      const body = JSON.stringify({
        skill: { stage: 'live', id: skillId },
        unit: { id: unitId },
        status: 'ENABLING',
      })
      const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      response.writeHead(201, head)
      response.end(body)
    }
    if (form === 'text') {
      write()
      answer()
    } else if (waiting.push({ write, answer }) === 1) setImmediate(commitWaiting)
  })
})
server.keepAliveTimeout = 65_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`listens at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
process.on('SIGTERM', () => process.exit())
