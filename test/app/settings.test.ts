import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { completeSettings, readSettings } from '../../src/app/settings/read-settings.ts'
import { StartError } from '../../src/app/start-error.ts'
import { temporaryFolder } from '../support/program.ts'

describe('Settings:', () => {
  test('without any, all have their defaults', () => {
    const settings = readSettings({ flags: {}, environment: {} })
    assert.deepEqual(settings, {
      host: '127.0.0.1',
      port: 5337,
      data: './skillkeeper-data',
      pollMs: 1000,
      activationDelayMs: 200,
      rateLimit: 100,
      wrongSecretsMax: 30,
      batchItemsMax: 100,
      bodyLimitBytes: 1_048_576,
      requestsMax: 1000,
      regions: false,
      tls: false,
      connectionsMax: 10_000,
      operationsKeptDays: 90,
      logLevel: 'info',
      logFormat: 'auto',
      drainTimeoutMs: 10_000,
      drainGraceMs: 1000,
      testControls: false,
      testControlsOpen: false,
    })
  })

  test('the flag wins over the variable, and the variable over the configuration file', (t) => {
    const file = path.join(temporaryFolder(t), 'settings.json')
    writeFileSync(file, '{"port": 1, "rate-limit": 1, "activation-delay": 1, "data": ":memory:"}')
    const settings = readSettings({
      flags: { port: '3', config: file },
      environment: { SKILLKEEPER_PORT: '2', SKILLKEEPER_RATE_LIMIT: '2', OTHER: 'x' },
    })
    assert.equal(settings.port, 3)
    assert.equal(settings.rateLimit, 2)
    assert.equal(settings.activationDelayMs, 1)
    assert.equal(settings.data, ':memory:')
  })

  test('the configuration file can be named by a variable', (t) => {
    const file = path.join(temporaryFolder(t), 'settings.json')
    writeFileSync(file, '{"log-level": "error", "operator-token": "0123456789abcdef"}')
    const settings = readSettings({ flags: {}, environment: { SKILLKEEPER_CONFIG: file } })
    assert.equal(settings.logLevel, 'error')
    assert.equal(settings.operatorToken, '0123456789abcdef')
  })

  test('everything wrong is told at once, with where it was found and what is allowed', (t) => {
    const file = path.join(temporaryFolder(t), 'settings.json')
    writeFileSync(file, '{"batch-items-max": "100", "rate-limits": 3}')
    const message = messageOf(() =>
      readSettings({
        flags: { port: '70000', config: file },
        environment: {
          SKILLKEEPER_LOG_LEVEL: 'loud',
          SKILLKEEPER_PROT: '1',
          SKILLKEEPER_OIDC_ISSUER: 'ftp://x',
        },
      }),
    )
    assert.deepEqual(message.split('\n'), [
      'SKILLKEEPER_PROT is not a setting. Did you mean SKILLKEEPER_PORT?',
      `rate-limits in ${file} is not a setting. Did you mean rate-limit?`,
      '--port has the invalid value "70000". Allowed: a whole number from 0 to 65535.',
      `batch-items-max in ${file} has the invalid value "100". Allowed: a whole number from 1 to 1000.`,
      'SKILLKEEPER_OIDC_ISSUER has the invalid value "ftp://x". Allowed: an http or https address.',
      'SKILLKEEPER_LOG_LEVEL has the invalid value "loud". Allowed: one of debug, info, warn, error, silent.',
    ])
  })

  test('the value of a secret is never shown', () => {
    const message = messageOf(() =>
      readSettings({ flags: {}, environment: { SKILLKEEPER_OPERATOR_TOKEN: 'hush hush' } }),
    )
    assert.match(message, /^SKILLKEEPER_OPERATOR_TOKEN is invalid. Allowed: a token .* Token 1 of 1 is not /)
    assert.doesNotMatch(message, /hush/)
  })

  test('a variable that is empty is not set', () => {
    assert.equal(readSettings({ flags: {}, environment: { SKILLKEEPER_PORT: '' } }).port, 5337)
  })

  test('the variables that Kubernetes makes for a service of that name are passed over', () => {
    const environment = { SKILLKEEPER_SERVICE_HOST: '10.0.0.1', SKILLKEEPER_PORT_80_TCP: 'tcp://10.0.0.1:80' }
    assert.equal(readSettings({ flags: {}, environment }).port, 5337)
  })

  test('a configuration file that is not JSON is refused with line and column', (t) => {
    const file = path.join(temporaryFolder(t), 'settings.json')
    writeFileSync(file, '{\n  "port": 1, // mine\n}')
    const message = messageOf(() => readSettings({ flags: { config: file }, environment: {} }))
    assert.equal(
      message,
      `The configuration file ${file}: line 2, column 14: a property name in double quotes is expected, and JSON has no comments.`,
    )
  })

  test('a configuration file that is not there is refused', (t) => {
    const file = path.join(temporaryFolder(t), 'none.json')
    const message = messageOf(() => readSettings({ flags: { config: file }, environment: {} }))
    assert.equal(message, `The configuration file ${file} cannot be read: there is no such file.`)
  })

  test('tokens have one issuer', () => {
    const both = { tokenInfoUrl: 'https://a.example/', oidcIssuer: 'https://b.example/' }
    assert.match(
      messageOf(() => completeSettings(both)),
      /exclude each other/,
    )
    assert.match(
      messageOf(() => completeSettings({ oidcAudience: 'x' })),
      /oidc-audience requires oidc-issuer/,
    )
  })

  test('a program that gives a misspelt option is told', () => {
    const options = { ...{ prot: 1 }, data: ':memory:' }
    assert.equal(
      messageOf(() => completeSettings(options)),
      'prot is not a setting. Did you mean port?',
    )
  })
})

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof StartError)
    assert.equal(error.kind, 'usage')
    return error.message
  }
  return assert.fail('It was not refused.')
}
