/**
 * What is known of the upstream's units, skills and clients, as parts of a catalog. The first that a call shows counts:
 * what contradicts it later is a difference, and no news.
 */
import { findSubscription } from '../../model/subscription.ts'
import { isSkillId } from '../../protocol/identifiers.ts'
import { namePattern } from '../../protocol/name.ts'
import type { IdMap } from '../id-map.ts'
import { fieldAt, isRecord, listAt, textAt } from '../json.ts'
import { oneSpelling } from '../verdict/fields.ts'
import type { Facts, ShownSkill, ShownUnit } from './facts.ts'
import { linkingAt } from './token-server.ts'

interface Node {
  readonly name: string
  /** Absent for an organization. */
  readonly parentId?: string
}

interface Nested {
  readonly id: string
  readonly name: string
  readonly units: Nested[]
}

/** Records to add, in the form of the catalog file. */
export interface CatalogPart {
  readonly organizations: readonly object[]
  readonly skills: readonly object[]
  readonly clients: readonly object[]
}

export interface WorldOptions {
  readonly ids: IdMap
  /** The address of the token server that stands for all others. */
  readonly tokenServer: string
  /** The user's knowledge of the upstream, in the form of the catalog file; the service checks it. */
  readonly catalog: object
}

const ownPrefix = 'amzn1.alexa.unit.did.skillkeeper-conform'
/** An organization on which every client has a role that has one anywhere. */
const homeRoot = `${ownPrefix}-home`
/** The organization of units on which the first caller has no role. */
const foreignRoot = `${ownPrefix}-foreign`
/** The client that makes what was there before the calls. */
export const adminId = 'amzn1.application-oa2-client.skillkeeper-conform'
/** A client with more roles gets one on the whole organization. */
const rolesMax = 500
const levelsMax = 15

export class World {
  readonly #options: WorldOptions
  readonly #organizations = new Map<string, object>()
  readonly #nodes = new Map<string, Node>()
  readonly #tree = new Map<string, ShownUnit>()
  readonly #skills = new Map<string, ShownSkill>()
  readonly #skillsOfUser = new Set<string>()
  readonly #roles = new Map<string, Set<string>>([[adminId, new Set()]])
  /** Clients that are refused somewhere; `undefined` as long as no survey was made. */
  #refused: Set<string> | undefined
  /** Units on which clients were refused. */
  readonly #refusals = new Map<string, Set<string>>()
  readonly #deleted = new Set<string>()
  /** The steps that take the last part back, the first one last. */
  #undo: (() => void)[] = []
  #place = { solution: 'healthcare', country: 'US' }

  constructor(options: WorldOptions) {
    this.#options = options
    for (const organization of listAt(options.catalog, 'organizations')) {
      const id = textAt(organization, 'id')
      if (id === undefined || !isRecord(organization)) continue
      const { units: _units, ...rest } = organization
      this.#organizations.set(id, rest)
      this.#addGiven(organization, undefined, 0)
    }
    for (const skill of listAt(options.catalog, 'skills')) {
      const id = textAt(skill, 'id')
      if (id !== undefined) this.#skillsOfUser.add(oneSpelling(id))
    }
  }

  /** The catalog of the user, in which no skill has a token server of its own. */
  startCatalog(): object {
    const { catalog, tokenServer } = this.#options
    if (fieldAt(catalog, 'skills') === undefined) return catalog
    const skills = listAt(catalog, 'skills').map((skill) => {
      if (!isRecord(skill) || fieldAt(skill, 'accountLinking') === undefined) return skill
      const skips = fieldAt(skill, 'accountLinking', 'skipOnEnablement') === true
      return { ...skill, accountLinking: linkingAt(tokenServer, skips) }
    })
    return { ...catalog, skills }
  }

  /** Learns from all calls before the first one what does not change with them. */
  survey(
    calls: readonly { readonly facts: Facts; readonly clientId: string; readonly isRefused: boolean }[],
  ): void {
    this.#refused = new Set(calls.filter(({ isRefused }) => isRefused).map(({ clientId }) => clientId))
    for (const { facts } of calls) {
      this.#look(facts)
      for (const [id, { links }] of facts.skills)
        if (links) this.#skills.set(id, { stages: this.#skills.get(id)?.stages ?? new Set(), links })
    }
  }

  /** Whether a call has shown the unit, or the catalog of the user has it. */
  knowsUnit(id: string): boolean {
    return this.#nodes.has(id) || this.#deleted.has(id) || this.#options.ids.has(id)
  }

  /** The same for a skill in the stages. */
  knowsSkill(id: string, stages: readonly string[]): boolean {
    const skillId = oneSpelling(id)
    const isPredefined = isSkillId(skillId) && findSubscription(skillId) !== undefined
    if (isPredefined || this.#skillsOfUser.has(skillId)) return true
    const known = this.#skills.get(skillId)?.stages
    return known !== undefined && known.size > 0 && stages.every((stage) => known.has(stage))
  }

  /** Whether calls have shown of each unit whether the client has a role on it; without units, whether it has any. */
  knowsRoles(clientId: string, unitIds: readonly string[]): boolean {
    const isKnown = (this.#roles.get(clientId)?.size ?? 0) + (this.#refusals.get(clientId)?.size ?? 0) > 0
    return isKnown && unitIds.every((unitId) => this.#knowsRole(clientId, unitId))
  }

  #knowsRole(clientId: string, unitId: string): boolean {
    if (this.#options.ids.has(unitId) || this.#deleted.has(unitId)) return true
    if (this.#refusals.get(clientId)?.has(unitId)) return true
    const roles = this.#roles.get(clientId)
    return this.#pathTo(unitId, unitId).some((above) => roles?.has(above))
  }

  /** Returns the records that the service needs for the answer of the upstream; `undefined` if it has all of them. */
  partFor(facts: Facts, clientId: string): CatalogPart | undefined {
    this.#undo = []
    this.#look(facts)
    const roots = new Map<string, Nested>()
    const changed = new Set<string>()
    if (!this.#roles.has(clientId)) this.#setRole(clientId, undefined, changed)
    const refusals = this.#refusals.get(clientId) ?? new Set()
    this.#refusals.set(clientId, refusals)
    for (const unitId of facts.refused) refusals.add(unitId)
    if (facts.isAdmitted) {
      if (!this.#nodes.has(homeRoot)) this.#addPath([homeRoot], roots)
      this.#setRole(clientId, homeRoot, changed)
    }
    for (const unitId of new Set([...facts.units, ...facts.refused, ...facts.roles])) {
      const isNew = facts.units.has(unitId) || facts.refused.has(unitId)
      if (!isNew && !this.#nodes.has(unitId)) continue
      // What calls of the recording made and deleted is made and deleted here by the same calls.
      if (this.#options.ids.has(unitId) || this.#deleted.has(unitId)) continue
      const path = this.#pathTo(unitId, facts.refused.has(unitId) ? foreignRoot : this.#usualRoot())
      const [root = unitId] = path
      if (!this.#nodes.has(unitId)) this.#addPath(path, roots)
      this.#setRole(adminId, root, changed)
      if (!facts.roles.has(unitId)) continue
      const isWhole =
        this.#refused?.has(clientId) === false || (this.#roles.get(clientId)?.size ?? 0) > rolesMax
      this.#setRole(clientId, isWhole ? root : unitId, changed)
    }
    const skills = [...facts.skills].flatMap(([id, shown]) => this.#addSkill(id, shown))
    if (roots.size === 0 && changed.size === 0 && skills.length === 0) return undefined
    return {
      organizations: Array.from(roots.values(), ({ id, name, units }) => ({
        ...(this.#organizations.get(id) ?? { id, name, ...this.#place }),
        units: units.map(withoutEmpty),
      })),
      skills,
      clients: Array.from(changed, (id) => ({
        id,
        secret: clientSecret,
        roles: Array.from(this.#roles.get(id) ?? [], (unitId) => ({ unitId, role: 'A4P.UnitAdmin' })),
        grants: ['client_credentials'],
      })),
    }
  }

  /** Takes the last part back, which the service did not accept. */
  takeBack(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  /** Forgets what a call deleted. */
  note({ deleted }: Facts): void {
    for (const unitId of deleted) {
      this.#deleted.add(unitId)
      this.#nodes.delete(unitId)
      for (const roles of this.#roles.values()) roles.delete(unitId)
    }
  }

  #look(facts: Facts): void {
    for (const unit of facts.tree) {
      const { id, parentId, level } = unit
      this.#tree.set(id, { ...unit, ...this.#tree.get(id) })
      if (parentId === undefined || level === undefined) continue
      // Also shows how deep the unit above is.
      this.#tree.set(parentId, { level: level - 1, id: parentId, ...this.#tree.get(parentId) })
    }
    if (this.#nodes.size > 0) return
    for (const { skillId } of [...facts.enabled, ...facts.shown]) {
      const found = isSkillId(skillId) ? findSubscription(skillId) : undefined
      if (found !== undefined) this.#place = { solution: found.solution, country: found.country }
    }
  }

  #addGiven(unit: unknown, parentId: string | undefined, level: number): void {
    const id = textAt(unit, 'id')
    if (id === undefined || level > levelsMax) return
    this.#nodes.set(id, { name: textAt(unit, 'name') ?? id, ...(parentId !== undefined && { parentId }) })
    for (const inner of listAt(unit, 'units')) this.#addGiven(inner, id, level + 1)
  }

  /** The units above a unit and the unit itself, the organization first. */
  #pathTo(unitId: string, usualRoot: string): string[] {
    const path = [unitId]
    let level = this.#tree.get(unitId)?.level
    while (path.length <= levelsMax + 1) {
      const [top = unitId] = path
      const node = this.#nodes.get(top)
      const shown = this.#tree.get(top)
      level = shown?.level ?? level
      const parentId = node === undefined ? shown?.parentId : node.parentId
      if (parentId !== undefined && !path.includes(parentId)) {
        path.unshift(parentId)
        level = level === undefined ? undefined : level - 1
        continue
      }
      if (node !== undefined || level === 0) return path
      // Nothing shows what is above.
      for (let above = (level ?? 1) - 1; above > 0; above--) path.unshift(`${ownPrefix}-level-${above}`)
      path.unshift(usualRoot)
      return path
    }
    return [usualRoot, unitId]
  }

  /** The one organization of the user, or one that is made. */
  #usualRoot(): string {
    const [first] = this.#organizations.keys()
    return first ?? ownPrefix
  }

  #addPath(path: readonly string[], roots: Map<string, Nested>): void {
    let inner: Nested | undefined
    for (const [index, id] of path.entries()) {
      const parentId = path[index - 1]
      const shown = this.#tree.get(id)?.name
      const name = this.#nodes.get(id)?.name ?? (shown !== undefined && isName(shown) ? shown : 'Unit')
      if (!this.#nodes.has(id)) {
        this.#nodes.set(id, { name, ...(parentId !== undefined && { parentId }) })
        this.#undo.push(() => this.#nodes.delete(id))
      }
      if (inner === undefined) {
        inner = roots.get(id) ?? { id, name, units: [] }
        roots.set(id, inner)
        continue
      }
      const found = inner.units.find((unit) => unit.id === id)
      if (found === undefined) inner.units.push({ id, name, units: [] })
      inner = found ?? inner.units.at(-1)
    }
  }

  #setRole(clientId: string, unitId: string | undefined, changed: Set<string>): void {
    const roles = this.#roles.get(clientId)
    if (roles !== undefined && (unitId === undefined || roles.has(unitId))) return
    this.#roles.set(clientId, new Set([...(roles ?? []), ...(unitId === undefined ? [] : [unitId])]))
    this.#undo.push(() =>
      roles === undefined ? this.#roles.delete(clientId) : this.#roles.set(clientId, roles),
    )
    changed.add(clientId)
  }

  #addSkill(id: string, shown: ShownSkill): object[] {
    if (this.#skillsOfUser.has(id) || (isSkillId(id) && findSubscription(id) !== undefined)) return []
    const known = this.#skills.get(id) ?? { stages: new Set(), links: false }
    const links = known.links || shown.links
    const stages = new Set([...known.stages, ...shown.stages])
    if (known.stages.size === stages.size && known.links === links) return []
    this.#skills.set(id, { stages, links })
    this.#undo.push(() => this.#skills.set(id, known))
    const linking = links && { accountLinking: linkingAt(this.#options.tokenServer, true) }
    return [{ id, name: 'Skill', stages: [...stages], ...linking }]
  }
}

/** Clients are known to a service in memory alone, which only this process knows the address of. */
export const clientSecret = 'a-secret-of-skillkeeper-conform'

function isName(text: string): boolean {
  return text !== '' && text.length <= 250 && new RegExp(namePattern).test(text)
}

function withoutEmpty({ id, name, units }: Nested): object {
  return { id, name, ...(units.length > 0 && { units: units.map(withoutEmpty) }) }
}
