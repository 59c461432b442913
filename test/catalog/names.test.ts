import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { operatorToken, startService } from '../support/service.ts'

/** Invisible: they change the direction of what stands beside them, or have no width. */
const invisible = [
  '\u200c',
  '\u200d',
  '\u0000',
  '\u001b',
  '\u007f',
  '\u009b',
  '\u00ad',
  '\u061c',
  '\u180e',
  '\u200b',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2060',
  '\u2063',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u206f',
  '\ufeff',
]
const bad = invisible.flatMap((one) => [`a${one}b`, one, `${one}a`])
const good = ['x', 'Größe 3', 'میز', 'शांति', '👩', 'שלום', '東京', 'e\u0301', '😀'.repeat(125)]

describe('A name', () => {
  test('of a unit, an organization, a skill or a client has nothing invisible in it', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const load = (catalog: object) =>
      service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: catalog })
    const tries = (name: string) => [
      load({ organizations: [{ id: 'amzn1.alexa.unit.did.NEW', name, solution: 'core', country: 'US' }] }),
      load({ skills: [{ id: 'amzn1.ask.skill.new', name, stages: ['live'] }] }),
      load({ clients: [{ id: 'new', name, redirectUris: ['https://new.example/cb'] }] }),
      service.call('POST', '/v2/units', {
        token,
        body: { name: { type: 'PLAIN', value: { text: name } }, parentId: hospital.organization },
      }),
    ]
    for (const [names, isTaken] of [
      [bad, false],
      [good, true],
    ] as const) {
      for (const name of names) {
        for (const answer of await Promise.all(tries(name)))
          assert.equal(answer.status < 300, isTaken, `${codesOf(name)}: ${answer.text}`)
      }
    }
  })
})

function codesOf(name: string): string {
  return [...name].map((character) => `U+${character.codePointAt(0)?.toString(16)}`).join(' ')
}
