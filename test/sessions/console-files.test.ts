// The files of the console as a browser gets them.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Heard, send } from '../support/controlled.ts'
import { temporaryFolder } from '../support/program.ts'
import { openConnection } from '../support/raw-connection.ts'
import { startSmallApp } from '../support/small-app.ts'

const page = `<!doctype html><title>Console</title>${'<p>text</p>'.repeat(100)}`
const script = `console.log('ä')\n`.repeat(100)
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

function build(folder: string): void {
  mkdirSync(path.join(folder, 'assets'), { recursive: true })
  writeFileSync(path.join(folder, 'index.html'), page)
  writeFileSync(path.join(folder, 'assets/app-4f3a.js'), script)
  writeFileSync(path.join(folder, 'icon.svg'), '<svg/>')
  writeFileSync(path.join(folder, '../secret'), 'a secret')
  symlinkSync(path.join(folder, '../secret'), path.join(folder, 'link.js'))
}

async function serve(t: TestContext, isBuilt = true) {
  const folder = path.join(temporaryFolder(t), 'console')
  if (isBuilt) build(folder)
  const consoleFolder = pathToFileURL(`${folder}/`)
  const { url } = await startSmallApp(t, [], {}, { consoleFolder })
  const get = (to: string, headers = {}, method = 'GET') => send(method, url + to, { headers })
  return { url, folder, get }
}

function assertPage({ status, headers, text }: Heard): void {
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(text, page)
}

describe('The files of the console', () => {
  test('are the page at each path without a file, under a policy without exceptions', async (t) => {
    const { get } = await serve(t)
    for (const to of [
      '/console',
      '/console/',
      '/console/p/amzn1.alexa.unit.did.X?q=1',
      '/console/a/b/c',
      '/console/assets',
    ])
      assertPage(await get(to))
    const { headers } = await get('/console/')
    assert.equal(headers['content-security-policy'], policy)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin-allow-popups')
    assert.equal((await get('/consoles')).status, 404)
    assert.equal((await get('/')).status, 404)
  })

  test('have their types, and may be kept for ever if their name has a hash', async (t) => {
    const { get } = await serve(t)
    const asset = await get('/console/assets/app-4f3a.js')
    assert.equal(asset.text, script)
    assert.equal(asset.headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
    const icon = await get('/console/icon.svg')
    assert.equal(icon.headers['content-type'], 'image/svg+xml')
    assert.equal(icon.headers['cache-control'], 'no-cache')
    assert.equal(icon.headers['content-security-policy'], policy)
    const gone = await get('/console/assets/app-0000.js')
    assert.equal(gone.status, 404)
    assert.equal(gone.headers['cache-control'], 'no-store')
  })

  test('are not sent again to whoever has them', async (t) => {
    const { get } = await serve(t)
    const { etag } = (await get('/console/assets/app-4f3a.js')).headers
    for (const list of [etag, `"x", ${etag}`, String(etag).slice(2), '*']) {
      const again = await get('/console/assets/app-4f3a.js', { 'if-none-match': list })
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag])
    }
    for (const list of ['"x"', 'W/"x"', ''])
      assert.equal((await get('/console/assets/app-4f3a.js', { 'if-none-match': list })).status, 200)
  })

  test('are compressed for whoever takes that', async (t) => {
    const { url, get } = await serve(t)
    const to = '/console/assets/app-4f3a.js'
    for (const accepted of ['gzip', 'br, GZIP;q=0.5', '*']) {
      const response = await get(to, { 'accept-encoding': accepted }, 'HEAD')
      assert.equal(response.headers['content-encoding'], 'gzip', accepted)
      assert.equal(response.headers.vary, 'accept-encoding')
    }
    for (const refused of ['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000, *', 'gzip;q=x'])
      assert.equal((await get(to, { 'accept-encoding': refused })).text, script, refused)
    const unpacked = await fetch(url + to, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(unpacked.headers.get('content-encoding'), 'gzip')
    assert.equal(await unpacked.text(), script)
    // Smaller as it is.
    assert.equal((await get('/console/icon.svg', { 'accept-encoding': 'gzip' })).text, '<svg/>')
  })

  test('have a head without a body, and no other method', async (t) => {
    const { get } = await serve(t)
    const head = await get('/console/', {}, 'HEAD')
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', `${page.length}`])
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, headers } = await get('/console/assets/app-4f3a.js', {}, method)
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, OPTIONS'], method)
    }
  })

  test('are all that anybody can ask for', async (t) => {
    const { url, get } = await serve(t)
    const { host } = new URL(url)
    for (const to of [
      '/console/../secret',
      '/console/..%2fsecret',
      '/console/%2e%2e/secret',
      '/console/%2e%2e%2fsecret',
      '/console/..%5csecret',
      '/console/..\\secret',
      '/console/....//secret',
      '/console/assets/../../../secret',
      '/console/assets/..%2f..%2f..%2fsecret',
      '/console/%252e%252e%252fsecret',
      '/console/..;/secret',
      '/console/secret%00.js',
      '/console//etc/passwd',
      '/console/%2fetc%2fpasswd',
      '/console/file:///etc/passwd',
      '/console/link.js',
      '/console/%',
      '/console/%zz',
      '/console/%c0%ae%c0%ae/secret',
      '/console/%ff',
      '/console/__proto__',
      '/console/constructor',
      `/console/${'x'.repeat(10_000)}`,
    ]) {
      const raw = await openConnection(url)
      raw.write(`GET ${to} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      const { status, text } = await raw.answer()
      raw.socket.destroy()
      assert.ok([200, 400, 404].includes(status), `${to}: ${status}`)
      assert.ok(!text.includes('a secret') && !text.includes('root:'), to)
      if (status === 200) assert.equal(text, page, to)
    }
    assertPage(await get('/console/index.html'))
  })

  test('are not for pages of another origin, but a link to the page works', async (t) => {
    const { get } = await serve(t)
    const foreign = { 'sec-fetch-site': 'cross-site' }
    assert.equal(
      (await get('/console/assets/app-4f3a.js', { ...foreign, 'sec-fetch-mode': 'no-cors' })).status,
      403,
    )
    const link = { ...foreign, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    assertPage(await get('/console/', link))
    assert.equal((await get('/console/', { ...link, 'sec-fetch-dest': 'iframe' })).status, 403)
    assert.equal((await get('/console/', { host: 'evil.example' })).status, 421)
  })

  test('are served once they are built, and until then a page says so', async (t) => {
    const { get, folder } = await serve(t, false)
    const { status, headers, text } = await get('/console/')
    assert.equal(status, 503)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(headers['content-security-policy'], policy)
    assert.match(text, /The console is not built/)
    build(folder)
    assertPage(await get('/console/'))
  })
})
