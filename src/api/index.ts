export type * from './generated/types/index.ts'
