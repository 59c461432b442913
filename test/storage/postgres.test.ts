/** PostgreSQL: all that the port promises, by the suite that the embedded engine passes. */
import { openInPostgres } from '../support/postgres.ts'
import { storageConformance } from './conformance.ts'

storageConformance('PostgreSQL', openInPostgres, 30)
