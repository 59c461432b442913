import tab, { type Complete } from '@bomb.sh/tab'
import addTab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { type Named, openCatalogSearch } from '../service/catalog-search.ts'
import { type Kind, kindOf } from '../service/typed-names.ts'

/** The number of units that are searched, and the time limit of a request. */
const unitsMax = 2000
const timeoutSeconds = 2

/** `skillkeeper complete`: completion for the shell. Call it after all other commands are added. */
export function addCompletion(program: Command): void {
  addTab(program)
  const complete = program.commands.find((one) => one.name() === 'complete')
  complete?.addHelpText('before', 'Example: source <(skillkeeper complete bash)\n')
  program.hook('preAction', async (_, command) => {
    const words = process.argv.slice(4)
    if (command === complete && process.argv[3] === '--') await offerNames(words)
  })
  program.hook('postAction', () => {
    const [command, shell] = process.argv.slice(2)
    if (command === 'complete' && shell === 'bash') process.stdout.write(bashAddition(program))
  })
}

/** Offers skills and units. They are read in advance, because the library does not wait for a promise. */
async function offerNames(words: readonly string[]): Promise<void> {
  const typed = words.at(-1) ?? ''
  const offers = new Map<Kind, readonly Named[]>()
  for (const kind of kindsFor(words)) offers.set(kind, await candidates(kind))
  const offer = (kind: Kind) => (complete: Complete) => {
    for (const { id, name } of offers.get(kind) ?? []) complete(typableId(id, typed), name)
  }
  for (const command of tab.commands.values()) {
    for (const argument of command.arguments.values()) {
      const kind = kindOf(argument.name)
      if (kind !== undefined) argument.handler = offer(kind)
    }
    for (const option of command.options.values()) {
      const kind = kindOf(option.value)
      if (kind !== undefined) option.handler = offer(kind)
    }
  }
}

/** Returns the kinds that the command takes, so that no others are read. */
function kindsFor(words: readonly string[]): Set<Kind> {
  const [before = '', typed = ''] = words.slice(-2)
  const ofOption = before.startsWith('--') ? kindOf(before.slice(2)) : undefined
  if (ofOption !== undefined) return new Set([ofOption])
  if (typed.startsWith('-')) return new Set()
  const named = [words.slice(0, 3), words.slice(0, 2), words.slice(0, 1)]
  const command = named.map((path) => tab.commands.get(path.join(' '))).find((found) => found !== undefined)
  const names = Array.from(command?.arguments.values() ?? [], ({ name }) => kindOf(name))
  return new Set(names.filter((kind) => kind !== undefined))
}

async function candidates(kind: Kind): Promise<readonly Named[]> {
  try {
    const search = openCatalogSearch({ timeout: timeoutSeconds })
    return kind === 'skill' ? await search.skills() : await search.firstUnits(unitsMax)
  } catch {
    // Completion shows no errors.
    return []
  }
}

/** The whole ID if the person has begun to type one, otherwise its last part. */
function typableId(id: string, typed: string): string {
  return typed.startsWith('amzn1') ? id : id.slice(id.lastIndexOf('.') + 1)
}

/**
 * Completes the library's script: it defines a function of the package bash-completion, which not every bash has, and
 * completes names of files.
 */
function bashAddition(program: Command): string {
  return `
if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
        words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    }
fi

__skillkeeper_words_or_files() {
    __skillkeeper_complete
    local previous=\${COMP_WORDS[COMP_CWORD - 1]} command="\${COMP_WORDS[*]:1:2} "
    if [[ \${#COMPREPLY[@]} -eq 0 && ( $previous =~ ^(${optionsOfFiles(program).join('|')})$ ||
        ( $previous != -* && $command =~ ^(${commandsOfFiles(program, '').join('|')})\\  ) ) ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    fi
}
complete -F __skillkeeper_words_or_files skillkeeper
`
}

function optionsOfFiles(command: Command): string[] {
  const own = command.options.filter(({ flags }) => /<(FILE|DIR)>/.test(flags)).map(({ long }) => long ?? '')
  return [...new Set([...own, ...command.commands.flatMap(optionsOfFiles)])]
}

function commandsOfFiles(command: Command, path: string): string[] {
  const isOwn = command.registeredArguments.some((argument) => argument.name() === 'FILE')
  const inner = command.commands.flatMap((one) => commandsOfFiles(one, `${path} ${one.name()}`.trim()))
  return [...(isOwn ? [path.replaceAll(' ', '\\ ')] : []), ...inner]
}
