import assert from 'node:assert/strict'
import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { makeFolder, whyNoFolder } from '../../src/storage/sqlite/make-folder.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'

describe('A data folder', { concurrency: 2 }, () => {
  test('is made with those above it, for its owner alone, and may be there already', (t) => {
    const folder = path.join(temporaryFolder(t), 'a/b/../c')
    makeFolder(folder)
    makeFolder(folder)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(path.dirname(folder)).mode & 0o777, 0o700)
  })

  test('A data folder that cannot be made is reported at once with the reason and what to do', async (t) => {
    const place = temporaryFolder(t)
    writeFileSync(path.join(place, 'file'), '')
    symlinkSync('nowhere', path.join(place, 'dangling'))
    symlinkSync('circle', path.join(place, 'circle'))
    const reasons: Readonly<Record<string, RegExp>> = {
      file: /: it is a file\. /,
      'file/below': /: a part of its path is a file\. /,
      dangling: /: no folder can be made there\. /,
      'dangling/below': /: no folder can be made there\. /,
      circle: /: its path goes round in a circle of links\. /,
      ['x'.repeat(300)]: /: its path is too long\. /,
    }
    // The system lets nobody make a folder there, and says that there is no such file.
    if (existsSync('/proc/self'))
      Object.assign(reasons, { '/proc/nope': /no folder can be made there/, '/proc/self/x/y': /no folder/ })
    for (const [name, reason] of Object.entries(reasons)) {
      const data = path.resolve(place, name)
      const program = runProgram(t, ['serve', '--data', data])
      assert.equal(await program.ended, 4, name)
      assert.match(program.stderr(), /^skillkeeper: The data folder .* cannot be opened: .*--data DIR\.\n$/)
      assert.match(program.stderr(), reason)
      const env = { SKILLKEEPER_PROFILES: path.join(data, 'profiles.json') }
      const profile = runProgram(t, ['config', 'set', 'ward', '--endpoint', 'http://127.0.0.1:9'], { env })
      assert.equal(await profile.ended, 2, name)
      assert.match(profile.stderr(), /^skillkeeper: .*profiles\.json cannot be .*\n$/)
    }
  })

  test('A data folder that this user may not write into, or on a read-only file system, is reported as such', () => {
    for (const [code, reason] of [
      ['EACCES', /may not write/],
      ['EPERM', /may not write/],
      ['EROFS', /read-only/],
    ] as const)
      assert.match(whyNoFolder(Object.assign(new Error('no'), { code })) ?? '', reason)
    assert.equal(whyNoFolder(new Error('of the engine')), undefined)
  })
})
