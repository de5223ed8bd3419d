import type { Product } from '#shared/contract/schemas.ts';
import { derivedId } from '../derived-id.ts';

/** Share of each category in all sales, in percent; the shape of real sari-sari stores. */
export const categoryShares = {
  snacks: 14,
  tobacco: 14,
  drinks: 9,
  'home care': 8,
  'soft drinks': 7,
  dairy: 7,
  rice: 7,
  noodles: 6,
  'personal care': 6,
  condiments: 4,
  alcohol: 4,
  canned: 3,
  coffee: 3,
  confectionery: 3,
  other: 5,
} as const;

export type SampleCategory = keyof typeof categoryShares;

/*
 * Brands are invented. Each line: name, local name or "-", brand or "-", unit, price in pesos. The most sold of a category come first.
 */
const shelves: Readonly<Record<SampleCategory, string>> = {
  snacks: `
    Tagpi Corn Chips 25 g|chichirya|Tagpi|pack|10
    Halika Prawn Rings 30 g|chichirya|Halika|pack|10
    Tagpi Corn Chips 60 g|chichirya|Tagpi|pack|20
    Bunso Peanuts 20 g|mani|Bunso|pack|5
    Halika Potato Curls 85 g|chichirya|Halika|pack|38
    Kutkot Green Peas 25 g|-|Kutkot|pack|8
    Merienda Cream Crackers 10s|biskwit|Merienda|pack|8
    Merienda Chocolate Sandwich|biskwit|Merienda|pack|9
    Kutkot Cheese Balls 50 g|chichirya|Kutkot|pack|15
    Halika Shrimp Crackers 90 g|chichirya|Halika|pack|29
    Bunso Garlic Peanuts 100 g|mani|Bunso|pack|26
    Merienda Family Crackers 250 g|biskwit|Merienda|pack|62`,
  tobacco: `
    Ulap Red, one stick|yosi|Ulap|stick|9
    Ulap Menthol, one stick|yosi|Ulap|stick|9
    Amihan Blue, one stick|yosi|Amihan|stick|8
    Habagat Gold, one stick|yosi|Habagat|stick|7
    Ulap Red 20s|yosi|Ulap|pack|160
    Amihan Blue 20s|yosi|Amihan|pack|142
    Ulap Menthol 10s|yosi|Ulap|pack|82
    Habagat Gold 20s|yosi|Habagat|pack|120
    Siklab Lighter|lighter|Siklab|pc|15`,
  drinks: `
    Linaw Water 500 ml|tubig|Linaw|bottle|15
    Dalandan Juice Drink 200 ml|-|Bukid|pack|12
    Tsaa Lemon 355 ml|iced tea|Tsaa|bottle|22
    Tsaa Apple 230 ml|iced tea|Tsaa|bottle|18
    Lakas Energy 250 ml|-|Lakas|bottle|25
    Bukid Pineapple 240 ml|-|Bukid|can|42
    Linaw Water 1 L|tubig|Linaw|bottle|25
    Bukid Orange Powder 20 g|-|Bukid|sachet|10
    Sigla Sports 500 ml|-|Sigla|bottle|45`,
  'home care': `
    Busilak Powder 65 g|sabong panlaba|Busilak|sachet|9
    Marikit Fabric Softener 25 ml|pampalambot|Marikit|sachet|8
    Busilak Bar 120 g|sabong panlaba|Busilak|pc|14
    Kinang Dishwashing 45 ml|panghugas|Kinang|sachet|10
    Puting-Puti Bleach 100 ml|-|Puting-Puti|bottle|12
    Busilak Bar 380 g|sabong panlaba|Busilak|pc|26
    Kinang Dishwashing 250 ml|panghugas|Kinang|bottle|52
    Puting-Puti Bleach 1 L|-|Puting-Puti|bottle|48
    Busilak Powder 1 kg|sabong panlaba|Busilak|bag|135
    Marikit Fabric Softener 800 ml|pampalambot|Marikit|bottle|118
    Kislap Scouring Pad|-|Kislap|pc|12`,
  'soft drinks': `
    Sarsi-Saya Cola 200 ml|softdrinks|Sarsi-Saya|bottle|12
    Sarsi-Saya Cola 290 ml|softdrinks|Sarsi-Saya|bottle|18
    Sarsi-Saya Orange 290 ml|softdrinks|Sarsi-Saya|bottle|18
    Limonsoda 290 ml|softdrinks|Limonsoda|bottle|17
    Sarsi-Saya Cola 1.5 L|softdrinks|Sarsi-Saya|bottle|68
    Limonsoda 1.5 L|softdrinks|Limonsoda|bottle|64
    Sarsi-Saya Orange 1 L|softdrinks|Sarsi-Saya|bottle|42`,
  dairy: `
    Bakawan Powdered Milk 33 g|gatas|Bakawan|sachet|17
    Kalabaw Condensada 300 ml|gatas|Kalabaw|can|45
    Kalabaw Evaporada 370 ml|gatas|Kalabaw|can|38
    Bakawan Choco Milk 110 ml|-|Bakawan|pack|16
    Bakawan Powdered Milk 150 g|gatas|Bakawan|pack|78
    Kesong Cheese 165 g|keso|Kesong|pack|58
    Bakawan Creamer 5 g|-|Bakawan|sachet|3
    Bakawan Powdered Milk 300 g|gatas|Bakawan|pack|135`,
  rice: `
    Well-milled rice, kilo|bigas|-|kg|48
    Sinandomeng rice, kilo|bigas|-|kg|54
    Jasmine rice, kilo|bigas|-|kg|62
    Malagkit rice, kilo|malagkit|-|kg|75`,
  noodles: `
    Sabaw Beef Mami 55 g|mami|Sabaw|pack|10
    Sabaw Chicken Mami 55 g|mami|Sabaw|pack|10
    Sabaw Canton Original 60 g|pancit canton|Sabaw|pack|15
    Sabaw Canton Kalamansi 60 g|pancit canton|Sabaw|pack|15
    Init Cup Noodles 40 g|-|Init|pc|22
    Init Cup Noodles 70 g|-|Init|pc|34
    Bihon noodles 200 g|bihon|-|pack|28`,
  'personal care': `
    Ganda Shampoo 12 ml|-|Ganda|sachet|7
    Ganda Conditioner 12 ml|-|Ganda|sachet|8
    Linis Soap 55 g|sabon|Linis|pc|22
    Ngiti Toothpaste 25 g|tutpeyst|Ngiti|sachet|14
    Ngiti Toothbrush|sipilyo|Ngiti|pc|28
    Linis Soap 125 g|sabon|Linis|pc|45
    Alaga Diaper M, one|-|Alaga|pc|12
    Alaga Napkin 8s|-|Alaga|pack|42
    Linis Alcohol 70 % 60 ml|-|Linis|bottle|25
    Ganda Shampoo 170 ml|-|Ganda|bottle|112`,
  condiments: `
    Toyo Tindahan Soy Sauce 100 ml|toyo|Tindahan|sachet|9
    Suka Tindahan Vinegar 100 ml|suka|Tindahan|sachet|8
    Patis Tindahan 150 ml|patis|Tindahan|bottle|18
    Cooking oil, repacked 100 ml|mantika|-|pack|14
    Sarap Seasoning 8 g|-|Sarap|sachet|4
    Salt, repacked 100 g|asin|-|pack|5
    White sugar, quarter kilo|asukal|-|pack|22
    Tindahan Banana Ketchup 320 g|-|Tindahan|bottle|44
    Tindahan Soy Sauce 385 ml|toyo|Tindahan|bottle|24
    Coconut oil 1 L|mantika|-|bottle|175`,
  alcohol: `
    Tagay Pilsner 330 ml|serbesa|Tagay|bottle|48
    Tagay Strong 500 ml|serbesa|Tagay|bottle|68
    Bayanihan Gin 350 ml|bilog|Bayanihan|bottle|78
    Tagay Light 330 ml|serbesa|Tagay|bottle|54
    Bayanihan Brandy 750 ml|-|Bayanihan|bottle|165
    Bayanihan Rum 700 ml|-|Bayanihan|bottle|145`,
  canned: `
    Dagat Sardines 155 g|sardinas|Dagat|can|25
    Dagat Sardines Spicy 155 g|sardinas|Dagat|can|26
    Dagat Tuna Flakes 155 g|tuna|Dagat|can|38
    Pastol Corned Beef 150 g|karne norte|Pastol|can|42
    Pastol Meat Loaf 150 g|-|Pastol|can|27
    Pastol Corned Beef 260 g|karne norte|Pastol|can|78
    Bukid Tomato Sauce 200 g|-|Bukid|pack|28`,
  coffee: `
    Bukang Kape 3-in-1 25 g|kape|Bukang|sachet|8
    Bukang Kape Brown 27 g|kape|Bukang|sachet|9
    Barako Black 2 g|kape|Barako|sachet|3
    Barako Black 25 g|kape|Barako|pack|28
    Bukang Choco Malt 22 g|-|Bukang|sachet|9
    Bukang Kape 3-in-1 10s|kape|Bukang|pack|76`,
  confectionery: `
    Matamis Mint Candy, one|kendi|Matamis|pc|1
    Matamis Coffee Candy, one|kendi|Matamis|pc|1
    Lobo Bubble Gum, one|bubble gum|Lobo|pc|2
    Tsoko Wafer 12 g|-|Tsoko|pc|3
    Tsoko Bar 30 g|tsokolate|Tsoko|pc|15
    Polvoron, one|polboron|-|pc|6`,
  other: `
    Egg, one|itlog|-|pc|9
    Ice, bag|yelo|-|bag|3
    Pandesal, five|tinapay|-|bag|15
    Candle, one|kandila|-|pc|8
    Tanglaw Matches|posporo|Tanglaw|pc|3
    Load 20|load|-|pc|23
    Load 50|load|-|pc|53
    Sigla Paracetamol 500 mg, one|gamot|Sigla|pc|5
    Tanglaw Battery AA, two|baterya|Tanglaw|pack|38
    Charcoal, bag|uling|-|bag|25
    Cooking gas 170 g|butane|-|pc|45`,
};

/** A product of the sample catalogue; its id follows from its sku, so that the cloud and every PC may add it. */
export type ProductSeed = Product;

/** About 120 products with prices and costs in centavos; the same at every call. Within a category the most sold come first. */
export function sampleCatalogue(): ProductSeed[] {
  return (Object.keys(shelves) as SampleCategory[]).flatMap((category) =>
    shelves[category]
      .trim()
      .split('\n')
      .map((line, index) => seed(category, line, index + 1)),
  );
}

function seed(category: SampleCategory, line: string, index: number): ProductSeed {
  const [name = '', localName = '-', brand = '-', unit = 'pc', pesos = '0'] = line.trim().split('|');
  const sku = `${category.replace(' ', '').slice(0, 4).toUpperCase()}-${String(index).padStart(3, '0')}`;
  const price = Math.round(Number(pesos) * 100);
  return {
    id: derivedId('sample-product', sku),
    sku,
    name,
    local_name: localName === '-' ? null : localName,
    brand: brand === '-' ? null : brand,
    category,
    unit,
    price,
    // thin margins on tobacco and rice, about a fifth on the rest
    cost: Math.round(price * (category === 'tobacco' || category === 'rice' ? 0.9 : 0.8)),
    active: 1,
  };
}
