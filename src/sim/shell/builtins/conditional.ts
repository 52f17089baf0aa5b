import { globFits } from '../../patterns/glob.ts'
import { RegularExpressionError, regularExpression } from '../../patterns/regular-expression.ts'
import { type ExpansionWorld, expandPattern, expandText } from '../expand/expand.ts'
import { ShellError, type Word } from '../syntax/syntax.ts'
import { binary, type FileFacts, type TestOutcome, unary } from './test-commands.ts'

/** What a condition asks of the shell. */
export interface ConditionWorld extends ExpansionWorld {
  file(path: string): FileFacts
  /** Is told what `=~` has found: the whole and its groups. */
  matched(groups: readonly string[]): void
}

/**
 * Tells whether what stands in `[[ … ]]` holds: with `!`, `&&`, `||` and brackets, patterns behind `==`, and
 * regular expressions behind `=~`. @throws ShellError for what cannot be read
 */
export function conditionHolds(words: readonly Word[], world: ConditionWorld): boolean {
  const condition = new Condition(words, world)
  return condition.value()
}

class Condition {
  private at = 0
  private readonly words: readonly Word[]
  private readonly world: ConditionWorld

  constructor(words: readonly Word[], world: ConditionWorld) {
    this.words = words
    this.world = world
  }

  value(): boolean {
    const value = this.either(true)
    if (this.at < this.words.length) throw wrong(this.plain)
    return value
  }

  /** The operator that stands next; empty for a word of any other kind. */
  private get plain(): string {
    const word = this.words[this.at]
    return word?.every((part) => part.kind === 'text' && !part.quoted)
      ? word.map((part) => (part.kind === 'text' ? part.text : '')).join('')
      : ''
  }

  private take(text: string): boolean {
    if (this.at >= this.words.length || this.plain !== text) return false
    this.at++
    return true
  }

  /** What does not count is read, but not expanded. */
  private either(counts: boolean): boolean {
    let value = this.both(counts)
    while (this.take('||')) value = this.both(counts && !value) || value
    return value
  }

  private both(counts: boolean): boolean {
    let value = this.one(counts)
    while (this.take('&&')) value = this.one(counts && value) && value
    return value
  }

  private one(counts: boolean): boolean {
    if (this.take('!')) return !this.one(counts)
    if (this.take('(')) {
      const value = this.either(counts)
      if (!this.take(')')) throw wrong(this.plain)
      return value
    }
    const isUnary = /^-[a-zA-Z]$/.test(this.plain) && this.words.length > this.at + 1
    if (isUnary) {
      const operator = this.plain
      this.at++
      const operand = this.next()
      return counts && this.checked(unary(operator, this.text(operand), this.world.file))
    }
    return this.comparison(counts)
  }

  private comparison(counts: boolean): boolean {
    const left = this.next()
    const operator = this.plain
    if (this.at >= this.words.length || /^(&&|\|\||\))$/.test(operator)) {
      return counts && this.text(left) !== ''
    }
    this.at++
    const right = this.next()
    if (!counts) return false
    if (operator === '=~') return this.matches(this.text(left), right)
    if (!/^(==?|!=)$/.test(operator)) {
      return this.checked(binary(this.text(left), operator, this.text(right)))
    }
    const fits = globFits(expandPattern(right, this.world), this.text(left), this.world.spend)
    return fits === (operator !== '!=')
  }

  private matches(text: string, word: Word): boolean {
    const source = word
      .map((part) => {
        const value = this.text([part])
        return part.quoted ? value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : value
      })
      .join('')
    try {
      const pattern = regularExpression(source, { syntax: 'extended' })
      this.world.spend((text.length + 1) * pattern.cost)
      const [found] = pattern.matches(text)
      this.world.matched(found?.groups.map((group) => group ?? '') ?? [])
      return found !== undefined
    } catch (error) {
      if (!(error instanceof RegularExpressionError)) throw error
      throw new ShellError(`[[: ${error.message}`, 2)
    }
  }

  private next(): Word {
    const word = this.words[this.at++]
    if (!word) throw wrong('')
    return word
  }

  private text(word: Word): string {
    return expandText(word, this.world)
  }

  private checked({ value, fault }: TestOutcome): boolean {
    if (fault !== undefined) throw new ShellError(`[[: ${fault}`)
    return value
  }
}

function wrong(near: string): ShellError {
  return new ShellError(
    `Syntax error: conditional expression${near === '' ? '' : ` near "${near}"`}`,
  )
}
