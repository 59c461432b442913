/** The forms of settings that are texts. */
import { isIP } from 'node:net'
import { readNetworks } from '../../http/gate/client-address.ts'
import { canonicalOrigin } from '../../http/gate/origin.ts'
import { readOperatorTokens } from '../../protocol/operator-tokens.ts'
import { readAddress } from '../../storage/postgres/address.ts'
import type { TextForm } from './setting.ts'

export const webAddress: TextForm = {
  name: 'an http or https address',
  fits: (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
}
export const databaseAddress: TextForm = {
  name: 'a postgres address',
  ...readBy(readAddress),
}
export const folder: TextForm = {
  name: 'a path, or `:memory:`',
  fits: (text) => !isDatabaseAddress(text),
  problem: () => 'For a database, use --database-url or SKILLKEEPER_DATABASE_URL.',
}
export const operatorTokens: TextForm = {
  name: 'a token of 16 to 1,024 characters, or several as NAME:TOKEN, separated by commas',
  ...readBy(readOperatorTokens),
}
export const hostNames: TextForm = {
  name: 'host names and addresses, separated by commas',
  fits: (text) => text.split(',').every((name) => isIP(name.trim()) !== 0 || isHostName(name.trim())),
}
export const keyList: TextForm = {
  name: 'keys of 32 bytes as base64, separated by commas',
  fits: (text) => text.split(',').every((key) => Buffer.from(key.trim(), 'base64').length === 32),
}
export const networks: TextForm = {
  name: 'addresses and networks such as 10.0.0.0/8, separated by commas',
  fits: areNetworks,
}
export const origins: TextForm = {
  name: 'origins such as https://app.example, separated by commas',
  fits: (text) => text.split(',').every((origin) => canonicalOrigin(origin.trim()) !== undefined),
}

/** The form that a reader accepts. */
function readBy(
  read: (text: string) => object | { readonly problem: string },
): Pick<TextForm, 'fits' | 'problem'> {
  return {
    fits: (text) => !('problem' in read(text)),
    problem(text) {
      const result = read(text)
      return 'problem' in result ? result.problem : ''
    },
  }
}

function areNetworks(text: string): boolean {
  try {
    return readNetworks(text) !== undefined
  } catch {
    return false
  }
}

/** A host, or all hosts directly below one: `*.example.com`. */
function isHostName(text: string): boolean {
  return (
    text.length < 254 &&
    /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
  )
}

/** Whether the text looks like a database address. Such a text is no file name, and may contain a password. */
export function isDatabaseAddress(text: string): boolean {
  return /^\s*(jdbc:)?postgres(ql)?(\+\w+)?:/i.test(text)
}
