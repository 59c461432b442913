// The program from a clone, by npm: paths are those of whoever called npm, which has gone to the folder of the clone.
import process from 'node:process'

process.chdir(process.env.INIT_CWD ?? '.')
await import('../bin/skillkeeper.js')
