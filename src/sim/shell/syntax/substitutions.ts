import type { Instruction } from './instruction.ts'
import type { Part, Script, Word } from './syntax.ts'

/** The scripts of every `$(…)` in the words that an instruction expands, in a fixed order. */
export function substitutionsIn(instruction: Instruction | undefined): readonly Script[] {
  return instruction === undefined ? [] : wordsOf(instruction).flatMap(inWord)
}

function wordsOf(instruction: Instruction): readonly Word[] {
  switch (instruction.op) {
    case 'run': {
      const { assignments, words } = instruction.command
      return [...words, ...assignments.map(([, value]) => value)]
    }
    case 'redirect':
      return instruction.redirects.map(({ target }) => target)
    case 'forStart':
      return instruction.words ?? []
    case 'startCase':
      return [instruction.word]
    case 'case':
      return instruction.patterns
    default:
      return []
  }
}

function inWord(word: Word): readonly Script[] {
  return word.flatMap(inPart)
}

function inPart(part: Part): readonly Script[] {
  switch (part.kind) {
    case 'command':
      return [part.body]
    case 'arithmetic':
      return inWord(part.text)
    case 'variable':
      return inWord(part.word ?? [])
    case 'text':
      return []
  }
}
