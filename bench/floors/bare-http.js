// `node:http` and nothing else: the same answer to every request. The argument is the body. Plain JavaScript, for the same reason as
// support/meter.js.
import { createServer } from 'node:http'

const body = process.argv[2] ?? ''
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
})
server.keepAliveTimeout = 65_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`listens at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
process.on('SIGTERM', () => process.exit())
