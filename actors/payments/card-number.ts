// Owns telling a card number from a token, so that one that is sent by mistake is never kept (contracts C110).

const CARD_NUMBER = /^\d(?:[ -]?\d){12,18}$/;

/** 13 to 19 digits, grouped or not, that pass the Luhn check. */
export function isCardNumber(text: string): boolean {
  if (!CARD_NUMBER.test(text)) return false;
  const digits = Array.from(text.replaceAll(/\D/g, ''), Number).reverse();
  const sum = digits.reduce((total, digit, place) => {
    const weighed = place % 2 === 0 ? digit : digit * 2;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
