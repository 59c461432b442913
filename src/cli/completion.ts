import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'

/** `skillkeeper complete`: completion for the shell. Call it when all other commands are there. */
export function addCompletion(program: Command): void {
  tab(program)
  const command = program.commands.find((one) => one.name() === 'complete')
  command?.addHelpText('before', 'Example: source <(skillkeeper complete bash)\n')
  program.hook('postAction', () => {
    const [command, shell] = process.argv.slice(2)
    if (command === 'complete' && shell === 'bash') process.stdout.write(bashAddition)
  })
}

/**
 * What the library's script lacks: it takes a function from the package bash-completion, which not every bash has, and
 * completes no names of files.
 */
const bashAddition = `
if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
        words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    }
fi

__skillkeeper_words_or_files() {
    __skillkeeper_complete
    if [[ \${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    fi
}
complete -F __skillkeeper_words_or_files skillkeeper
`
