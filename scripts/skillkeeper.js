// Runs the program from a clone by npm. npm changes to the folder of the clone, so this restores the caller's folder.
import process from 'node:process'

process.chdir(process.env.INIT_CWD ?? '.')
await import('../bin/skillkeeper.js')
