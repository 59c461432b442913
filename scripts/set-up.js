// Installs the packages of the lock file that node_modules lacks, and builds the web console if its sources have changed, so that
// `npm start` and `npm test` work in a fresh clone. It runs before those scripts, on any Node of the machine from 20 on, and needs
// no package. If nothing is missing, it reads some files and prints nothing.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isConsoleBuilt } from './console-hash.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const oldestNode = 20

const reason = whyInstall()
if (reason) install(reason)
if (!isConsoleBuilt()) buildConsole()

/** Returns what is missing; undefined if the installed packages are those of the lock file. */
function whyInstall() {
  const installed = readPackages('node_modules/.package-lock.json')
  if (!installed) return 'node_modules is not complete'
  const wanted = readPackages('package-lock.json') ?? {}
  for (const [place, entry] of Object.entries(wanted)) {
    // An optional package is a build for one kind of machine. npm skips those for other machines.
    if (place === '' || entry.optional || entry.link) continue
    if (installed[place]?.version !== entry.version || installed[place]?.integrity !== entry.integrity) {
      return `${place.replace(/^.*node_modules\//, '')} ${entry.version} is missing`
    }
  }
  if (!existsSync(path.join(root, 'node_modules/node/bin/node'))) return 'the pinned Node.js is missing'
  return undefined
}

/** @param {string} file */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** @param {string} reason */
function install(reason) {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    fail(`Skillkeeper's repository needs Node.js ${oldestNode} or newer. This is ${process.version}.`)
  }
  process.stderr.write(`Installing the packages of package-lock.json (${reason}) …\n`)
  const startedAt = Date.now()
  // `npm ci` would refuse a lock file that lacks the optional builds for other kinds of machine. `npm install --no-save`
  // uses the same versions and hashes and does not change the lock file. npm must not run on the pinned Node in
  // node_modules, which it may replace. `--loglevel=error` hides the warning that the machine's Node is older than that
  // one.
  const done = spawnSync('npm install --no-save --loglevel=error --no-progress --no-audit --no-fund', {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, [pathName()]: pathOutside() },
  })
  if (done.status !== 0) fail('npm install did not succeed; what it said stands above.')
  if (whyInstall()) fail('The pinned Node.js was not installed. Does an npm setting forbid install scripts?')
  process.stderr.write(`Installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.\n`)
}

/** Builds the console with the pinned Node. */
function buildConsole() {
  process.stderr.write('Building the web console …\n')
  const node = path.join(root, 'node_modules/node/bin/node')
  const done = spawnSync(node, [path.join(root, 'scripts/build-console.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (done.status !== 0) fail('The web console was not built; what the build said stands above.')
}

/** The search path without the folders that npm adds for a script. */
function pathOutside() {
  const folders = (process.env[pathName()] ?? '').split(path.delimiter)
  return folders.filter((folder) => !folder.endsWith(path.join('node_modules', '.bin'))).join(path.delimiter)
}

/** Windows spells the variable `Path`. */
function pathName() {
  return Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
