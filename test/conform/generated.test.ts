// Generated calls, good and bad, to an identical service: a comparison that finds something there finds it everywhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hospital, hospitalCatalog, unit } from '../support/catalogs.ts'
import { replay, startRecorder } from '../support/conform.ts'
import { type GeneratedRequest, requestsOf } from '../support/requests/generate.ts'

const { foreignRoom, menu, nurseCall, organization, otherRoom, room, roomLights, ward } = hospital
const calls = 600

/** Without skills that link accounts: the real token servers of this catalog are nowhere. */
const known = {
  UnitId: [room, room, otherRoom, ward, organization, foreignRoom, unit('NOWHERE')],
  SkillId: [nurseCall, roomLights, menu],
  nextToken: ['§nextToken'],
}

test('Generated calls to an identical service have no difference', async (t) => {
  const recorder = await startRecorder(t)
  const { send, service, tokens } = recorder
  // A comparison does not learn roles from calls of the Role API.
  const generated = requestsOf({ known, expendable: {}, bodies: {} }).filter(({ path }) =>
    /^\/(v1\/skills|v2)\//.test(path),
  )
  let nextToken = ''
  const answered = new Set<number>()
  for (const call of fc.sample(generated, { numRuns: calls, seed: 2028 })) {
    const { method, path, query, body, contentType } = call
    const search = new URLSearchParams(
      query.map(([name, value]): [string, string] => [name, value.replaceAll('§nextToken', nextToken)]),
    ).toString()
    const { status, body: answer } = await send(method, search === '' ? path : `${path}?${search}`, {
      token: tokenOf(call, tokens),
      ...(method !== 'GET' && body !== undefined && { body: body.replaceAll('§nextToken', nextToken) }),
      ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
    })
    answered.add(status)
    nextToken = answer?.paginationContext?.nextToken ?? nextToken
    service.clock.moveBy(50)
  }
  await recorder.stop()
  for (const status of [200, 201, 202, 204, 400, 401, 403, 404]) assert.ok(answered.has(status), `${status}`)
  for (const catalog of [hospitalCatalog, undefined]) {
    const { differences, totals } = await replay(recorder.file, { catalog })
    assert.deepEqual(differences, [])
    assert.ok(totals.same > totals.exchanges * 0.75, JSON.stringify(totals))
  }
})

function tokenOf(
  { who }: GeneratedRequest,
  { admin, stranger }: { admin: string; stranger: string },
): string {
  if (who === 'right') return admin
  if (who === 'other client') return stranger
  return who === 'nobody' ? '' : 'Atza|x'
}
