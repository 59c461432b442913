/** Consoles that are open while nothing happens: each has a session, follows a stream, and asks for running changes as often as a page does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from './child.ts'
import { sourceProgram } from './program.ts'

/** As `console/src/changes/running-changes.tsx`. */
const askMs = 10_000
/** After the begin of the sessions. */
const calmMs = 5000
const measuredMs = 30_000

/** Returns which share of a core the service uses, in per cent, with so many open consoles of the unit. */
export async function idleShare(consoles: number, catalog: object, unitId: string): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-bench-'))
  const file = path.join(folder, 'catalog.json')
  writeFileSync(file, JSON.stringify(catalog))
  const operatorToken = 'the-token-of-the-operator'
  const settings = ['--port', '0', '--data', path.join(folder, 'data'), '--catalog', file]
  const service = await startChild({
    command: [...sourceProgram().command, 'serve', ...settings, '--log-level', 'warn'],
    core: 'measured',
    log: path.join(folder, 'log'),
    environment: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
  })
  const url = service.readyLine.replace(/^.* at /, '')
  const end = new AbortController()
  const post = async (to: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(`${url}/_skillkeeper${to}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${to}: ${response.status} ${await response.text()}`)
    return response
  }
  async function open(number: number): Promise<void> {
    const made = await post('/sessions/codes', {}, { authorization: `Bearer ${operatorToken}` })
    const { code: oneTimeCode } = (await made.json()) as { code: string }
    const begun = await post('/sessions', { oneTimeCode, name: `n${number}` }, {})
    const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';')
    const bought = await post('/sessions/current/token', {}, { cookie })
    const { accessToken } = (await bought.json()) as { accessToken: string }
    const get = async (to: string) => {
      const headers = { authorization: `Bearer ${accessToken}` }
      const response = await fetch(`${url}/_skillkeeper${to}`, { headers, signal: end.signal })
      if (!response.ok) throw new Error(`${to}: ${response.status}`)
      return response
    }
    await get(`/events?unitId=${unitId}`)
    const ask = async () => {
      await delay((number * askMs) / consoles, undefined, { signal: end.signal })
      for (;;) {
        await (await get(`/changes?under=${unitId}&status=running&maxResults=5`)).text()
        await delay(askMs, undefined, { signal: end.signal })
      }
    }
    ask().catch((error: unknown) => {
      if (!end.signal.aborted) throw error
    })
  }
  try {
    for (let number = 0; number < consoles; number += 1) await open(number)
    await delay(calmMs)
    const before = await service.usage()
    await delay(measuredMs)
    const after = await service.usage()
    return (100 * (after.cpuMicroseconds - before.cpuMicroseconds)) / (measuredMs * 1000)
  } finally {
    end.abort()
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
