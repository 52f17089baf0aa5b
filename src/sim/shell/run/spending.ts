import { boundedSpend, type Spend } from '../../patterns/work.ts'
import { ShellError } from '../syntax/syntax.ts'
import type { ShellMachine } from './machine.ts'

/** What one step of the shell is worth in comparisons of letters. */
const comparisonsPerStep = 200

/** Makes the counter of one command: what it compares costs steps, and too much of it ends the shell. */
export function spendingOf(shell: ShellMachine): Spend {
  const bounded = boundedSpend(() => new ShellError('Out of space'))
  return (comparisons) => {
    shell.charge(comparisons / comparisonsPerStep)
    bounded(comparisons)
  }
}
