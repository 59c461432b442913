// What a storage of the release before holds, once the migration about the grants of clients has run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage } from '../../src/model/ports/storage.ts'
import { upgradeDatabase, upgradeFolder } from '../support/upgrade.ts'

const demo = 'amzn1.application-oa2-client.demo'
const linking = (accessTokenUri: string, clientId: string) =>
  JSON.stringify({ accessTokenUri, clientId, sealedClientSecret: 'x', authenticationScheme: 'HTTP_BASIC' })
const client = (id: string, isDemo: number) =>
  `insert into clients (id, name, secret_hash, redirect_uris, roles, is_demo) values ('${id}', 'x', 'x', '[]', '[]', ${isDemo});`
const skill = (id: string, text: string | null) =>
  `insert into skills (id, name, stages, account_linking) values ('${id}', 'x', '["live"]', ${text === null ? 'null' : `'${text}'`});`

const rows = [
  client(demo, 1),
  client(`${demo}-ward`, 0),
  client('own-with-the-demo-secret', 1),
  client('linking', 0),
  client('linking-elsewhere', 0),
  skill('amzn1.ask.skill.a', linking('/auth/o2/token', 'linking')),
  skill('amzn1.ask.skill.b', linking('https://provider.example/token', 'linking-elsewhere')),
  skill('amzn1.ask.skill.c', null),
].join('\n')
const before = { lastMigration: 7, rows }

async function assertBroughtUp({ catalog }: Storage): Promise<void> {
  assert.deepEqual(
    (await catalog.listEmbeddedClients()).map(({ id }) => id),
    [demo],
  )
  const clients = await catalog.listClients('', 10)
  assert.deepEqual(
    clients.filter(({ linksAccounts }) => linksAccounts).map(({ id }) => id),
    ['linking'],
  )
  assert.ok(clients.every(({ grants }) => grants === undefined))
}

test('A data folder of the release before knows its demo clients, and which clients link accounts', async (t) => {
  await assertBroughtUp(await upgradeFolder(t, before))
})

test('A database of the release before knows them too', async (t) => {
  await assertBroughtUp(await upgradeDatabase(t, before))
})
