import type { Instruction } from './instruction.ts'
import type { Part, Script, Word } from './syntax.ts'

/** The scripts of every `$(…)` in the words that an instruction expands, in a fixed order. */
export function substitutionsIn(instruction: Instruction | undefined): readonly Script[] {
  return instruction === undefined ? [] : wordsOf(instruction).flatMap(inWord)
}

function wordsOf(instruction: Instruction): readonly Word[] {
  switch (instruction.op) {
    case 'run': {
      const { assignments, words, arrays = [] } = instruction.command
      const elements = arrays.flatMap((each) => each.words)
      return [...words, ...assignments.map(([, value]) => value), ...elements]
    }
    case 'redirect':
      return instruction.redirects.map(({ target }) => target)
    case 'forStart':
      return instruction.words ?? []
    case 'arithmetic':
      return [instruction.text]
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
      return [part.index, part.word, part.second].flatMap((word) =>
        typeof word === 'object' ? inWord(word) : [],
      )
    case 'text':
      return []
  }
}
