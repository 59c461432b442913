// A change that is killed half-way, and one whose disk is full, as somebody sees them who has left the page open; and what such a day leaves behind.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { ChangeView } from '../../src/protocol/console/change.ts'
import { hasBrowser, type Look, lookAt } from '../support/browser.ts'
import { unit } from '../support/catalogs.ts'
import { largeProperty } from '../support/large-property.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'
import { operatorToken } from '../support/service.ts'

const rooms = 3000

test('A change goes on after a kill and after a full disk, its page says so meanwhile, and no secret stays anywhere', {
  timeout: 240_000,
}, async (t) => {
  if (!hasBrowser(t)) return
  const folder = temporaryFolder(t)
  const catalog = path.join(folder, 'catalog.json')
  writeFileSync(catalog, JSON.stringify(largeProperty(rooms, 2)))
  const data = path.join(folder, 'data')
  const serve = (port: string) =>
    runProgram(t, ['serve', '--data', data, '--catalog', catalog, '--port', port, '--log-level', 'debug'], {
      env: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
    })
  const first = serve('0')
  const look = await lookAt(t, await first.url)
  const { page, url } = look
  await page.clock.install()
  await page.goto(`${url}/console/p/${unit('LARGE')}`)

  // Killed half-way.
  await begin(page, 'Turn a skill on', 'Turn on')
  await halfWay(look)
  first.process.kill('SIGKILL')
  await first.ended
  await page.getByRole('alert').filter({ hasText: 'No connection to the service' }).waitFor()
  const second = serve(new URL(url).port)
  await second.url
  await page.getByText('No connection to the service').waitFor({ state: 'detached' })
  await isDone(page)
  await assertAll(look, /^[Ee]{2}/)

  // The size of each file is limited, which the service finds in the middle of a write.
  const limit = (bytes: string) =>
    spawnSync('prlimit', ['--pid', String(second.process.pid), `--fsize=${bytes}`]).status
  await begin(page, 'Turn a skill off', 'Turn off')
  await halfWay(look)
  assert.equal(limit('4096:unlimited'), 0)
  const dialog = page.getByRole('dialog')
  while (!second.stderr().includes('A change could not go on')) await page.waitForEvent('response')
  const stopped = (await newest(look)) as ChangeView
  assert.ok(stopped.counts.done < 2 * rooms, JSON.stringify(stopped))
  assert.equal(stopped.status, 'running')
  await page.clock.fastForward(15_000)
  await dialog.getByText('The service tries again by itself').waitFor()
  assert.equal(limit('unlimited:unlimited'), 0)
  await isDone(page)
  await assertAll(look, /^\.\./)

  for (const screen of ['History', 'Refusals', 'Changes', 'Overview'])
    await page.getByRole('navigation').getByRole('link', { name: screen }).click()
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, location.href])',
  )
  const written = [first, second].flatMap((one) => [one.stdout(), one.stderr()]).join('\n')
  assert.ok(written.includes('/_skillkeeper/changes'))
  const [cookie] = await page.context().cookies()
  const secrets = [...look.tokens(), operatorToken, cookie?.value ?? '']
  assert.ok(secrets.length >= 3 && secrets.every((secret) => secret.length > 20), secrets.join())
  for (const secret of secrets) {
    assert.ok(!kept.includes(secret), 'The browser keeps a secret.')
    assert.ok(!written.includes(secret), 'A secret is in the log.')
  }
})

/** Begins a change of both skills in all rooms. */
async function begin(page: Page, button: string, confirm: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  const dialog = page.getByRole('dialog')
  for (const name of ['Skill 01', 'Skill 02']) await dialog.getByRole('checkbox', { name }).check()
  await dialog.getByLabel('Type').fill(String(rooms))
  await dialog.getByRole('button', { name: `${confirm} (6,000)` }).click()
}

async function newest({ call }: Look): Promise<ChangeView | undefined> {
  const { body } = await call('GET', '/_skillkeeper/changes?maxResults=1')
  return (body as { items: ChangeView[] }).items[0]
}

async function halfWay(look: Look): Promise<void> {
  for (;;) {
    const change = await newest(look)
    if (change?.status === 'running' && change.counts.done > 0) return
  }
}

async function isDone(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 })
  await dialog.getByText('6,000 of 6,000').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
}

async function assertAll({ call }: Look, expected: RegExp): Promise<void> {
  const change = await newest({ call } as Look)
  assert.deepEqual(
    [change?.status, change?.counts.done, change?.counts.total],
    ['done', 2 * rooms, 2 * rooms],
  )
  for (const ward of ['W001', 'W015', 'W030']) {
    const { body } = await call('GET', `/_skillkeeper/units/${unit(ward)}/matrix`)
    const { rows } = body as { rows: { level: number; cells: string }[] }
    assert.equal(rows.length, 101)
    for (const { cells } of rows.slice(1)) assert.match(cells, expected)
  }
}
