import { isDeepStrictEqual } from 'node:util'
import type { Context, TokenServers } from '../../model/ports/context.ts'
import type { AccountLinking } from '../../model/skill.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { currentScope, pastFaults } from '../requests/scope.ts'
import { listOf } from './matching.ts'
import type { Faults } from './rules.ts'

interface FaultyTokenServersOptions {
  readonly faults: Faults
  readonly catalog: Pick<Context['storage']['catalog'], 'findSkill'>
  /** Sleeps in real time. */
  sleep(ms: number): Promise<void>
}

type Outcome = 'refused' | 'unreachable' | undefined

const refusedReason = "The skill's token server refused the code: invalid_grant"
const notRenewedReason = "The skill's token server refused to renew the tokens: invalid_grant"
const unreachableReason = "The skill's token server cannot be reached."

/** Token servers that refuse, cannot be reached or are slow, as rules say. */
export function faultyTokenServers(servers: TokenServers, options: FaultyTokenServersOptions): TokenServers {
  const { faults, catalog, sleep } = options

  async function strike(linking: AccountLinking): Promise<Outcome> {
    if (!faults.actsAt('token_server')) return undefined
    const scope = currentScope()
    const skillId = await skillOf(linking)
    const { hit, latencyMs } = faults.strike({ point: 'token_server', subject: scope?.subject(), skillId })
    if (latencyMs.before > 0) await sleep(latencyMs.before)
    if (scope !== undefined && hit !== undefined) scope.fault = hit.id
    return hit?.rule.effect.link
  }

  /** A call has the settings of a skill, not its ID; among the skills that rules name, they tell which one it is. */
  async function skillOf(linking: AccountLinking): Promise<SkillId | undefined> {
    for (const { rule } of faults.list())
      for (const id of listOf(rule.match?.skillId) ?? []) {
        const skill = await pastFaults(() => catalog.findSkill(id))
        if (isDeepStrictEqual(skill?.accountLinking, linking)) return id
      }
    return undefined
  }

  return {
    async exchange(linking, request) {
      switch (await strike(linking)) {
        case undefined:
          return servers.exchange(linking, request)
        case 'refused':
          return { kind: 'refused', reason: refusedReason }
        case 'unreachable':
          return { kind: 'unreachable', reason: unreachableReason }
      }
    },
    async renew(linking, refreshToken) {
      switch (await strike(linking)) {
        case undefined:
          return servers.renew(linking, refreshToken)
        case 'refused':
          return { kind: 'refused', reason: notRenewedReason }
        case 'unreachable':
          return { kind: 'failed', reason: unreachableReason }
      }
    },
    async revoke(linking, tokens) {
      switch (await strike(linking)) {
        case undefined:
          return servers.revoke(linking, tokens)
        case 'refused':
          return "The skill's token server answered the revocation with invalid_request."
        case 'unreachable':
          return unreachableReason
      }
    },
    check: (uri) => servers.check(uri),
  }
}
