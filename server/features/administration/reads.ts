export { keepAdministrators, refuseTwoOfThree, ruleOf } from './separation.ts'
