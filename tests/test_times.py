"""Times in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

import exact
from each import each
from exact import asked
from musespark import plugins
from musespark.problem import Problem
from musespark.tool import Exact

tool = plugins.load("tools", "times")
answer = partial(exact.answer, tool)

# (language, question, the value that must come out)
CASES = [
    ("en", "What time is it?", "09:26"),
    ("en", "what time is it in New York", "04:26"),
    ("en", "What time is it in Kathmandu?", "14:11"),
    ("en", "when it's 3pm in London, what time is it in Tokyo?", "00:00"),
    ("en", "what time is it in tokyo when it's 9am in london", "18:00"),
    ("en", "how long from 22:30 to 6:15", "PT7H45M"),
    ("en", "how long from 9am to 5pm", "PT8H"),
    ("en", "what time will it be in 3 hours", "12:26"),
    ("en", "what's 2 hours before 11am", "09:00"),
    ("en", "90 minutes after 14:45", "16:15"),
    ("en", "time difference between Tokyo and Berlin", "PT8H"),
    ("en", "how many hours ahead is Tokyo", "PT8H"),
    ("en", "2 hours 30 minutes plus 1 hour 45 minutes", "PT4H15M"),
    ("en", "how long until 17:30", "PT8H4M"),
    ("en", "what time was it 20 minutes ago", "09:06"),
    ("en", "half an hour after 9:45", "10:15"),
    ("en", "What time is it in India?", "13:56"),
    ("en", "what time is it in San Francisco", "01:26"),
    ("en", "convert 15:00 UTC to New York", "11:00"),
    ("de", "Wie spät ist es?", "09:26"),
    ("de", "Wie viel Uhr ist es in Tokio?", "17:26"),
    ("de", "Wie lange ist es von 9:15 bis 17:40 Uhr?", "PT8H25M"),
    ("de", "Wie spät ist es in 50 Minuten?", "10:16"),
    ("de", "15 Uhr in New York in Berlin", "20:00"),
    ("de", "Wenn es in London 15 Uhr ist, wie spät ist es in Tokio?", "00:00"),
    ("de", "45 Minuten nach 10:20", "11:05"),
    ("de", "Wie lange noch bis 18 Uhr?", "PT8H34M"),
    ("de", "Wie groß ist der Zeitunterschied zwischen Berlin und Tokio", "PT8H"),
    ("es", "¿Qué hora es en Nueva York?", "04:26"),
    ("es", "¿Qué hora será dentro de 45 minutos?", "10:11"),
    ("es", "¿Cuánto tiempo hay de las 9:15 a las 17:40?", "PT8H25M"),
    ("es", "Si en Madrid son las 15:00, ¿qué hora es en Tokio?", "23:00"),
    ("es", "diferencia horaria entre Madrid y Lima", "PT6H"),
    ("es", "qué hora es", "09:26"),
    ("fr", "Quelle heure est-il à Tokyo ?", "17:26"),
    ("fr", "Quelle heure est-il ?", "09:26"),
    ("fr", "Combien de temps de 9h15 à 17h40 ?", "PT8H25M"),
    ("fr", "s'il est 15h à Paris, quelle heure est-il à New York ?", "10:00"),
    ("fr", "45 minutes après 10h20", "11:05"),
    ("fr", "décalage horaire entre Paris et Tokyo", "PT8H"),
    ("en", "what time will it be in 90 minutes?", "10:56"),
    ("en", "what's the time in Sydney", "19:26"),
    ("en", "If it's 9am in London what time is it in Los Angeles?", "02:00"),
    ("en", "what's 6pm London time in New York?", "14:00"),
    ("en", "what time is 18:00 in Tokyo in Berlin", "10:00"),
    ("en", "how many hours and minutes between 8:45 and 17:10", "PT8H25M"),
    ("en", "my train leaves at 14:35 and takes 2 hours 50 minutes, when do I arrive?", "17:25"),
    ("en", "I sleep from 23:15 to 6:45, how long is that?", "PT7H30M"),
    ("en", "what time is 2 and a half hours after 10:45", "13:15"),
    ("en", "what's 35 minutes before 9:10?", "08:35"),
    ("en", "how many minutes from 8:50 to 10:15", "PT1H25M"),
    ("en", "What's the time difference between London and New York", "PT4H"),
    ("en", "how far ahead is Tokyo of London", "PT9H"),
    ("en", "what time was it 3 hours ago", "06:26"),
    ("en", "a quarter of an hour after half past nine", "09:45"),
    ("en", "how long is it until midnight", "PT14H34M"),
    ("en", "What's the current time in Cairo?", "10:26"),
    ("en", "20:15 minus 45 minutes", "19:30"),
    ("en", "10:30 + 2 hours", "12:30"),
    ("de", "Wie viel Uhr ist es jetzt in Sydney?", "19:26"),
    ("de", "Wie viele Stunden sind es von 22:30 bis 6:15 Uhr?", "PT7H45M"),
    ("de", "Wie spät war es vor 3 Stunden?", "06:26"),
    ("de", "Wie viel Uhr ist es in 90 Minuten?", "10:56"),
    ("de", "Wie lange dauert es von 8:45 Uhr bis 17:10 Uhr?", "PT8H25M"),
    ("de", "9 Uhr in London ist wie spät in Berlin", "10:00"),
    ("de", "Wenn es in New York 15 Uhr ist, wie spät ist es dann in Berlin?", "20:00"),
    ("es", "¿Cuántas horas hay entre las 8:45 y las 17:10?", "PT8H25M"),
    ("es", "¿Qué hora era hace 3 horas?", "06:26"),
    ("es", "Si son las 3 de la tarde en Madrid, ¿qué hora es en Nueva York?", "10:00"),
    ("es", "¿Qué hora es en Sídney?", "19:26"),
    ("es", "¿Cuánto falta para las 18:00?", "PT8H34M"),
    ("fr", "Quelle heure était-il il y a 3 heures ?", "06:26"),
    ("fr", "Combien de temps y a-t-il entre 8h45 et 17h10 ?", "PT8H25M"),
    ("fr", "Quelle heure est-il à Sydney en ce moment ?", "19:26"),
    ("fr", "quelle heure est-il à Londres quand il est 15h à Paris", "14:00"),
    ("fr", "combien de minutes entre 8h50 et 10h15", "PT1H25M"),
]

# More ways to say the same: any order, facts before or after, a search box, a voice.
FREE = [
    tuple(line.split(" | "))
    for line in """\
en | what time will it be in 45 min | 10:11
en | time now in Kuala Lumpur | 16:26
en | it's 4pm in Paris, what time is it in Toronto | 11:00
en | If it is noon in Berlin, what's the time in Seoul? | 20:00
en | what is 10am Denver time in London | 16:00
en | my flight departs 14:20 and takes 3h15, when do I land | 17:35
en | I have to be at work by 8:30 and my commute is 50 minutes. When should I leave? | 07:40
en | movie starts at 8:15 pm and is 2 hours 10 minutes long when does it end | 22:25
en | how many hours between 9am and 6:30pm | PT9H30M
en | I worked from 8:15 to 16:45 with a 30 minute lunch break. How many hours did I work? | PT8H
en | how long until 11:15 | PT1H49M
en | how many minutes till noon | PT2H34M
en | 1 hour 40 minus 25 minutes | PT1H15M
en | add 45 minutes to 3:30 pm | 16:15
en | what time is it 2 hours after 10:30 pm | 00:30
en | parked at 10:20 for 90 minutes, when does it run out | 11:50
en | what's the time difference between Sydney and London | PT11H
en | how many hours ahead of New York is Berlin | PT5H
en | I went to bed at 10:45pm and got up at 6:30am, how long did I sleep | PT7H45M
en | if I go to bed at 22:30 and sleep 8 hours when do I wake up | 06:30
en | My alarm is at 6:15, I want 8 hours of sleep, when should I go to bed | 22:15
en | what's 3 o'clock pm in London in Tokyo | 00:00
en | how long since 7:10 | PT2H16M
en | train at 17:42 is 25 minutes late, when does it arrive | 18:07
en | the bus leaves in 25 minutes, what time is that | 09:51
en | time in dubai | 12:26
en | tokyo time now | 17:26
en | What is the local time in Vancouver? | 01:26
en | what time was it 90 minutes before 14:15 | 12:45
en | how much time do I have left until 12:00 | PT2H34M
en | 4 episodes of 45 minutes each, how long is that in total | PT3H
en | is it already Sunday in Tokyo? | false
en | When do I arrive? I leave at 13:15 and the trip takes 2 hours 40 minutes. | 15:55
en | 2h15 + 45min + 1h30 | PT4H30M
en | if I start at 9:20 and work for 7 hours and 45 minutes, when am I done | 17:05
en | a 2 hour 45 minute film starting at 19:30 ends when | 22:15
en | how long is a shift from 22:00 to 06:30 | PT8H30M
en | when is 9am San Francisco time in Berlin | 17:00
en | meeting at 3pm London time, what time is that in New York | 11:00
en | meeting at 3pm London, what time is that for me | 16:00
en | at 18:00 Berlin time what time is it in Auckland | 06:00
en | how many hours and minutes from 10:25 to 13:10 | PT2H45M
en | seven thirty am plus two hours and fifteen minutes | 09:45
en | what time is it in two and a half hours | 11:56
en | from 7:50 till 15:20, how many hours | PT7H30M
en | difference between 3h20 and 1h50 | PT1H30M
en | when it's midnight in Los Angeles what time is it in Paris | 08:00
en | how far behind is Chicago | PT6H
en | what day is it in Sydney right now | 2026-03-14
en | if i leave now and the drive takes 75 minutes when will i be there | 10:41
en | how long is it until 7am tomorrow | PT21H34M
en | how long until tomorrow 8:00 | PT22H34M
en | meeting from 10:00 to 11:35 how long | PT1H35M
en | what's a quarter to nine plus forty minutes | 09:25
en | 3:45pm minus 50 mins | 14:55
en | my shift starts at 6:30 and lasts 8 and a half hours, when do I get off | 15:00
en | the concert started at 20:00 and ended at 22:40, how long was it | PT2H40M
en | we set off at 8:10 and arrived at 13:25. how long did the drive take? | PT5H15M
en | What time should I start cooking if it takes 1 hour 20 and we eat at 19:00? | 17:40
de | Wann muss ich los, wenn ich um 9 Uhr da sein muss und 35 Minuten brauche? | 08:25
de | Der Film beginnt um 20:15 und dauert 2 Stunden 10. Wann ist er zu Ende? | 22:25
de | Wie spät ist es jetzt in Kapstadt? | 10:26
de | uhrzeit in los angeles | 01:26
de | zeitunterschied berlin new york | PT5H
de | wie viele stunden ist tokio voraus | PT8H
de | 16 Uhr Berliner Zeit in Sydney | 02:00
de | Wenn es bei uns 20 Uhr ist, wie spät ist es dann in Bangkok? | 02:00
de | viertel nach neun plus anderthalb Stunden | 10:45
de | wie lange ist es noch bis 12:30 | PT3H4M
de | bin um 23:10 eingeschlafen und um 6:40 aufgewacht, wie lange habe ich geschlafen | PT7H30M
de | 2 Stunden 15 plus 50 Minuten | PT3H5M
de | 45 Minuten vor 8 Uhr | 07:15
de | Der Braten braucht 3 Stunden, um 18:30 wollen wir essen. Wann muss er in den Ofen? | 15:30
de | Abfahrt 7:12, Fahrzeit 1 Stunde 55, wann komme ich an | 09:07
de | wie viel uhr ist es in 2 stunden 20 | 11:46
de | wie spät war es vor anderthalb stunden | 07:56
de | Besprechung von 13:15 bis 15:00, wie lange | PT1H45M
de | um wie viel Uhr bin ich zu Hause wenn ich um 17:20 losfahre und 40 Minuten brauche | 18:00
de | wie lange dauert es von 21:45 bis 5:30 | PT7H45M
de | Parkschein um 10:05 gelöst, gilt 90 Minuten, wann läuft er ab | 11:35
de | 9 Uhr morgens in New York, wie spät ist das in München | 14:00
de | Ist in Sydney schon Sonntag? | false
de | zehn vor acht plus 25 Minuten | 08:15
de | Mein Zug hat 20 Minuten Verspätung und sollte um 14:35 ankommen, wann kommt er an | 14:55
de | wie lang ist die Schicht von 6 bis 14 Uhr 30 | PT8H30M
de | 4 Folgen je 42 Minuten, wie lange insgesamt | PT2H48M
es | ¿A qué hora termina la película si empieza a las 21:15 y dura 2 horas y 5 minutos? | 23:20
es | tengo que estar en el trabajo a las 9 y tardo 45 minutos, ¿a qué hora salgo de casa? | 08:15
es | trabajo de 8:30 a 17:00 con 45 minutos de descanso, cuántas horas trabajo | PT7H45M
es | qué hora es ahora en Sídney | 19:26
es | hora en nueva york | 04:26
es | cuántas horas de diferencia hay entre Madrid y Ciudad de México | PT7H
es | cuando son las 3 de la tarde en Londres qué hora es en Tokio | 00:00
es | las 18:30 menos 45 minutos | 17:45
es | hora y media después de las 10:40 | 12:10
es | qué hora será dentro de 2 horas y media | 11:56
es | cuánto tiempo queda hasta las 12 | PT2H34M
es | me acosté a las 23:30 y me levanté a las 7:15, cuánto dormí | PT7H45M
es | 1 hora 20 más 50 minutos | PT2H10M
es | el tren sale a las 16:25 y tarda 2 h 40 min, a qué hora llega | 19:05
es | el partido empieza a las 20:45 y dura 105 minutos, cuándo acaba | 22:30
es | cuánto dura una clase de 9:40 a 11:15 | PT1H35M
es | a las 9 de la mañana de Nueva York qué hora es en Buenos Aires | 10:00
es | el asado necesita 2 horas y cuarto y comemos a las 14:30, cuándo lo meto en el horno | 12:15
es | cuántas horas más son en Tokio que en Madrid | PT8H
fr | Le train part à 7h42 et met 2h15, à quelle heure j'arrive ? | 09:57
fr | Je dois être au bureau à 9h et je mets 40 minutes, à quelle heure dois-je partir ? | 08:20
fr | quelle heure est-il à Sydney | 19:26
fr | heure actuelle à Bangkok | 15:26
fr | il est 15h à Paris, quelle heure est-il à Montréal ? | 10:00
fr | combien d'heures de décalage entre Paris et New York | PT5H
fr | 14h30 plus 1h45 | 16:15
fr | 45 minutes avant 10h | 09:15
fr | quelle heure sera-t-il dans deux heures et demie | 11:56
fr | il reste combien de temps jusqu'à 12h30 | PT3H4M
fr | couché à 23h15 levé à 6h45 combien d'heures de sommeil | PT7H30M
fr | 1h20 + 2h50 | PT4H10M
fr | le film commence à 21h10 et dure 1h55, il finit à quelle heure | 23:05
fr | combien de temps entre 9h40 et 12h15 | PT2H35M
fr | quelle heure était-il il y a trois quarts d'heure | 08:41
fr | le gâteau doit cuire 50 minutes et être prêt à 16h, quand dois-je le mettre au four | 15:10
fr | 9h du matin à Los Angeles, quelle heure à Paris | 17:00
fr | réunion de 14h à 15h45, ça dure combien de temps | PT1H45M
fr | trois épisodes de 52 minutes, combien de temps en tout | PT2H36M
en | what time is it in Perth, Australia | 16:26
en | time in Portland, Oregon | 01:26
en | what time is it in Spain | 09:26
en | What's the time for us here in Berlin when it's 7pm in Tokyo | 11:00
en | I take a tablet every 6 hours and took the last one at 7:45. When is the next one due? | 13:45
en | I took ibuprofen four hours ago, what time was that? | 05:26
en | I have 2 hours for 8 questions, how long can I spend on each? | PT15M
en | three lessons of fifty minutes each is how much time in total | PT2H30M
en | how long is it from 10 to 11:30 | PT1H30M
en | if a 95 minute movie starts at 6:40 pm what time does it finish | 20:15
en | I left the house at 7:35 and got to work at 8:20. How long was my commute? | PT45M
en | It's 22:40 now. What time will it be in 95 minutes? | 00:15
en | At what time does a 45 minute lesson that starts at 11:20 end? | 12:05
en | hey what time would it be in singapore if it's 6 pm in berlin | 01:00
en | how much longer is 2h 40min than 1h 55min | PT45M
en | I've got 3 hours 20 minutes of video and have watched 1 hour 45, how much is left | PT1H35M
en | one hour and fifty minutes plus thirty five minutes | PT2H25M
en | Is it still Friday in Los Angeles? | false
en | how long ago was 6:15 | PT3H11M
en | if my shift is from 2pm to 10:30pm how many hours is that | PT8H30M
en | I get up at 6:50. School starts at 8:05. How much time do I have? | PT1H15M
en | What is the time difference to Tokyo? | PT8H
en | How many hours is Sydney ahead of us? | PT10H
en | I'm calling someone in Denver at 5 pm my time, what time is it there? | 10:00
en | our webinar is at 10:00 new york time, when is that here | 15:00
de | Meine Schwester wohnt in Vancouver, wie spät ist es da gerade? | 01:26
de | Wie viel Uhr ist es bei uns in Berlin, wenn es in Tokio 18 Uhr ist? | 10:00
de | vor zweieinhalb Stunden habe ich die Tablette genommen, wie spät war das | 06:56
de | Ich habe 3 Stunden Zeit für 12 Aufgaben, wie lange habe ich pro Aufgabe? | PT15M
de | Das Konzert geht um 19:30 los und soll 2 Stunden 15 dauern, wann ist es aus? | 21:45
de | Wie lange habe ich noch bis zu meinem Zug um 11:42? | PT2H16M
de | Wie viel Zeit liegt zwischen 9:50 und 13:15? | PT3H25M
de | Ist es in Los Angeles noch Freitag? | false
de | Wie spät ist es eigentlich gerade in Neuseeland? | 21:26
de | wie viel stunden ist new york hinter uns | PT5H
de | es ist 18 Uhr in Berlin, wie spät ist es in Rio? | 14:00
es | mi hermana vive en Sídney, ¿qué hora es allí ahora? | 19:26
es | ¿Qué hora es aquí en Madrid cuando en Tokio son las 20:00? | 12:00
es | tengo 2 horas para 8 ejercicios, ¿cuánto tiempo tengo para cada uno? | PT15M
es | si salgo a las 8:20 y el trayecto dura hora y media, ¿a qué hora llego? | 09:50
es | El concierto empezó a las 21:00 y terminó a las 23:25, ¿cuánto duró? | PT2H25M
es | ¿Cuánto falta para las 13:30? | PT4H4M
es | me levanto a las 7 y entro a trabajar a las 9:15, cuánto tiempo tengo | PT2H15M
es | es ya domingo en Tokio? | false
es | cuánta diferencia horaria hay con Nueva York | PT5H
es | tres capítulos de 50 minutos cuánto tiempo es en total | PT2H30M
fr | ma sœur habite à Tokyo, quelle heure est-il là-bas en ce moment ? | 17:26
fr | je prends un cachet toutes les 6 heures, le dernier à 7h30, quand est le prochain ? | 13:30
fr | quelle heure est-il ici à Paris quand il est 20h à Tokyo | 12:00
fr | j'ai 3 heures pour 12 exercices, combien de temps par exercice ? | PT15M
fr | je pars à 8h20 et la route dure une heure et demie, j'arrive quand | 09:50
fr | le concert a commencé à 20h30 et s'est terminé à 22h50, combien de temps a-t-il duré | PT2H20M
fr | combien de temps avant 11h30 | PT2H4M
fr | est-ce déjà dimanche à Auckland | false
fr | je dois être à la gare à 8h05 et il me faut 25 minutes, je pars à quelle heure | 07:40
fr | le rôti cuit 1h30 et on mange à 19h30, à quelle heure je le mets au four | 18:00
fr | combien d'heures de retard a New York sur Paris | PT5H
fr | de 22h à 6h30 ça fait combien d'heures | PT8H30M
en | my exam starts at 9:45 and lasts 150 minutes, when will I be finished? | 12:15
en | My shift begins at 21:30 and I work 8 hours. When do I finish? | 05:30
en | bread has to bake for 55 minutes, i put it in at 10:10, when is it done | 11:05
en | put the potatoes in at 11:35, they need 45 min, when are they done? | 12:20
en | How many hours of sleep do I get if I go to bed at 11:15 pm and wake up at 6:45 am? | PT7H30M
en | How long is a film that starts at 20:15 and ends at 22:40? | PT2H25M
en | 9:00 to 17:30 minus one hour lunch | PT7H30M
en | from 8:30 am to 5:00 pm with half an hour break how many hours | PT8H
en | hours from 7:45 am to 3:30 pm | PT7H45M
en | how much time between 11:40 am and 1:05 pm | PT1H25M
en | time from 13:25 to 15:10 | PT1H45M
en | what's the time 35 minutes from now | 10:01
en | what was the time an hour and a half ago | 07:56
en | in 2 hours what time is it | 11:26
en | three hours from now what time will it be | 12:26
en | what time will it be 45 minutes from now | 10:11
en | Tell me the current time in Johannesburg please | 10:26
en | what's the local time in Athens, Greece right now? | 10:26
en | 2:15 pm in Chicago is what time in Rome? | 20:15
en | if it's 6am here what time is it in Boston | 01:00
en | noon in Mexico City - what time is that in Madrid | 19:00
en | What time in Hong Kong corresponds to 10:00 in Zurich? | 17:00
en | 10:30 CET in Singapore | 17:30
en | 14:00 GMT to Tokyo time | 23:00
en | convert 9 pm Dubai time to London time | 17:00
en | The game starts at 7 pm in Dallas. What time is that in Berlin? | 01:00
en | my boss in Toronto wants to talk at 2 pm his time. when is that for me in Berlin? | 19:00
en | how many hours behind Berlin is São Paulo | PT4H
en | how big is the time difference between Helsinki and Lisbon | PT2H
en | is there a time difference between Vienna and Athens? | PT1H
en | How many hours difference is there between LA and Chicago? | PT2H
en | How much later is it in Bangkok than in Berlin? | PT6H
en | how long until 9:45 | PT19M
en | how many minutes until half past ten | PT1H4M
en | how many hours left until 8 pm today | PT10H34M
en | how long do I have until my 11:50 train | PT2H24M
en | My meeting starts at 13:30. How much time is left until then? | PT4H4M
en | the shop closes at 18:00, how long is that from now | PT8H34M
en | 45 min + 1 h 20 min + 2 h 5 min | PT4H10M
en | what is 3 hours 10 minutes minus 45 minutes | PT2H25M
en | subtract 35 minutes from 2 hours | PT1H25M
en | ten to eight in the morning plus ninety minutes | 09:20
en | what is 23:40 plus 50 minutes | 00:30
en | add two and a half hours to quarter to six pm | 20:15
en | 45 minutes earlier than 13:10 | 12:25
en | 1 hour 10 before noon | 10:50
en | what comes 25 minutes after 17:50 | 18:15
de | Der Zug fährt um 9:38 Uhr los und braucht 2 Stunden 47 Minuten. Wann ist er da? | 12:25
de | Ich muss um 8:15 im Büro sein, der Weg dauert 40 Minuten. Wann muss ich los? | 07:35
de | Wann muss ich aufstehen, wenn ich um 7:30 los muss und 50 Minuten brauche? | 06:40
de | Wann bin ich fertig, wenn ich um 10:40 anfange und 95 Minuten brauche? | 12:15
de | Ich gehe um 22:45 ins Bett und stehe um 6:15 auf. Wie lange schlafe ich? | PT7H30M
de | Arbeitszeit von 7:30 bis 16:15 abzüglich 30 Minuten Pause | PT8H15M
de | Wie viele Minuten sind es von 10:35 bis 12:10? | PT1H35M
de | Zug ab 14:07, an 17:52, wie lange dauert die Fahrt? | PT3H45M
de | Wie viel Zeit ist noch bis 13 Uhr? | PT3H34M
de | wie lange noch bis heute abend 20 uhr | PT10H34M
de | Wie viele Stunden und Minuten sind es bis Mitternacht | PT14H34M
de | Wie spät ist es in einer Dreiviertelstunde? | 10:11
de | wie viel uhr war es vor 40 minuten | 08:46
de | In zwei Stunden ist es wie spät? | 11:26
de | Welche Uhrzeit haben wir in Singapur? | 16:26
de | Wie spät haben sie es gerade in Chicago | 03:26
de | Uhrzeit Melbourne jetzt | 19:26
de | 15:30 Uhr Ortszeit Tokio, wie spät ist das hier | 07:30
de | wenn es hier 14 uhr ist wie spät ist es in peking | 21:00
de | Wie spät ist es in Los Angeles, wenn es in Wien 18:00 Uhr ist? | 10:00
de | Um wie viel Uhr in Berlin ist es 9 Uhr in New York? | 14:00
de | wie viele Stunden Zeitunterschied sind zwischen Zürich und Dubai | PT3H
de | Wie weit ist Sydney uns voraus? | PT10H
de | Wie groß ist die Zeitverschiebung nach Kapstadt? | PT1H
de | Zeitverschiebung nach Los Angeles | PT8H
de | halb drei plus 40 Minuten | 03:10
de | 20 Minuten vor halb neun | 08:10
de | eine Viertelstunde nach 16:50 | 17:05
de | 13:20 minus eine Dreiviertelstunde | 12:35
de | eineinhalb Stunden plus 50 Minuten | PT2H20M
de | 3 Std 15 Min minus 1 Std 40 Min | PT1H35M
de | Wie lange dauern 6 Folgen zu je 45 Minuten | PT4H30M
de | Der Kurs geht von 18:30 bis 20:00 Uhr, wie lange ist das | PT1H30M
de | Schicht 22 Uhr bis 6 Uhr, wie viele Stunden | PT8H
de | Ich habe um 10:15 geparkt und für zwei Stunden bezahlt. Bis wann darf ich stehen? | 12:15
de | Film: Beginn 19:45, Länge 134 Minuten, Ende? | 21:59
es | La lavadora tarda 1 hora y 50 minutos y la pongo a las 11:20. ¿A qué hora termina? | 13:10
es | pongo el pollo a las 12:40 y necesita hora y cuarto, ¿a qué hora estará listo? | 13:55
es | si me acuesto a las 23:45 y me levanto a las 7:00, ¿cuántas horas duermo? | PT7H15M
es | trabajé de 9 a 18 h con una hora para comer, ¿cuántas horas son? | PT8H
es | ¿Cuántos minutos hay entre las 10:25 y las 11:40? | PT1H15M
es | ¿Cuánto tiempo pasa desde las 8:50 hasta las 14:20? | PT5H30M
es | ¿Qué hora es en Nueva Zelanda? | 21:26
es | dime la hora en Bogotá | 03:26
es | ¿Qué hora tienen ahora en Los Ángeles? | 01:26
es | ¿qué hora será en Tokio cuando aquí sean las 12:00? | 20:00
es | las 4 de la tarde en Nueva York, ¿qué hora es en Madrid? | 21:00
es | si aquí son las 9:30, ¿qué hora es en Caracas? | 04:30
es | ¿Cuántas horas de diferencia hay con Buenos Aires? | PT4H
es | diferencia de horario entre Barcelona y Lima | PT6H
es | ¿cuántas horas va por delante Tokio? | PT8H
es | ¿Qué hora era hace hora y media? | 07:56
es | qué hora será en 40 minutos | 10:06
es | ¿Cuánto falta para medianoche? | PT14H34M
es | cuántos minutos faltan para las 10 | PT34M
es | las ocho y veinte más 50 minutos | 09:10
es | 25 minutos antes de las 9:10 | 08:45
es | tres cuartos de hora después de las 17:30 | 18:15
es | 3 horas menos 50 minutos | PT2H10M
es | 45 minutos más 1 hora y 20 minutos más 30 minutos | PT2H35M
es | 5 clases de 55 minutos, ¿cuánto tiempo en total? | PT4H35M
es | tengo cita a las 11:15 y tardo 35 minutos, ¿a qué hora debo salir? | 10:40
es | Aparqué a las 10:05 y pagué 2 horas, ¿hasta qué hora puedo estar? | 12:05
es | el partido empieza a las 18:30 y dura 1 hora y 50 minutos, ¿a qué hora acaba? | 20:20
es | son las 5 de la tarde en Londres, qué hora es aquí | 18:00
es | es domingo ya en Sídney | false
fr | À quelle heure dois-je me lever si je pars à 7h40 et que j'ai besoin de 55 minutes ? | 06:45
fr | La machine tourne 2 h 15, lancée à 9h50, elle finit quand ? | 12:05
fr | Je me couche à 23h et je me lève à 6h30, combien d'heures je dors ? | PT7H30M
fr | Combien de minutes y a-t-il entre 10h35 et 12h05 ? | PT1H30M
fr | Le train part à 8h17 et arrive à 11h02, combien de temps dure le trajet ? | PT2H45M
fr | quelle heure est-il actuellement à Los Angeles | 01:26
fr | il est quelle heure au Japon | 17:26
fr | heure de New York maintenant | 04:26
fr | quand il est midi à Paris, quelle heure est-il à Tokyo ? | 20:00
fr | s'il est 18h ici, il est quelle heure à Sydney | 04:00
fr | 14h à Londres c'est quelle heure à Berlin ? | 15:00
fr | 9 heures du matin à New York, ça fait quelle heure chez nous ? | 14:00
fr | quel est le décalage horaire avec Bangkok | PT6H
fr | combien d'heures de décalage avec Montréal ? | PT5H
fr | combien d'heures d'avance a Tokyo sur Paris ? | PT8H
fr | quelle heure sera-t-il dans 50 minutes ? | 10:16
fr | quelle heure était-il il y a une heure et demie ? | 07:56
fr | combien de temps reste-t-il avant midi | PT2H34M
fr | dans combien de minutes sera-t-il 10h30 ? | PT1H4M
fr | 25 minutes avant 9h10 | 08:45
fr | trois quarts d'heure après 17h30 | 18:15
fr | 1 h 45 + 2 h 30 | PT4H15M
fr | 6 épisodes de 50 minutes ça fait combien de temps ? | PT5H
fr | le spectacle débute à 20h30 et dure une heure quarante, il se termine à quelle heure | 22:10
fr | film à 20h50, durée 2h05, fin ? | 22:55
fr | on arrive à quelle heure si on part à 6h15 avec 4h30 de route | 10:45
fr | garé à 10h05 pour 90 minutes, jusqu'à quelle heure ? | 11:35
en | whats the time in lisbon portugal | 08:26
en | sydney time | 19:26
en | time sydney australia | 19:26
en | what's the current local time in Rio de Janeiro, Brazil? | 05:26
en | Can you tell me what time it is in Doha at the moment? | 11:26
en | My grandparents are in Manila. What time is it there now? | 16:26
en | I'm in Berlin and want to phone someone in Vancouver. What time is it over there? | 01:26
en | Could you check what time it currently is in Reykjavik for me | 08:26
en | Is it still Saturday in Honolulu? | false
en | what day of the week is it in Auckland at the moment | 2026-03-14
en | If a webinar begins at 18:00 UTC, what time is that in Mumbai? | 23:30
en | 4:30 pm in Lisbon expressed in Berlin time | 17:30
en | Our standup is 9:15 Berlin time, what's that for the team in Bangalore? | 13:45
en | When it's half past three in the afternoon in Rome, what time is it in Seattle? | 07:30
en | I land at 17:20 in Istanbul, what time is that back home in Berlin? | 15:20
en | the match kicks off at 9pm in Madrid. What time is that in Buenos Aires | 17:00
en | at 7 in the morning in Tokyo what's the time in Berlin | 23:00
en | how many hours apart are Berlin and Honolulu | PT11H
en | By how many hours does London lag behind Berlin? | PT1H
en | What's the hour difference between Paris and Dubai? | PT3H
en | how far is Jakarta ahead of us in time | PT6H
en | Time gap between Cape Town and São Paulo | PT5H
en | If the exam takes three hours and ends at 12:30, when did it begin? | 09:30
en | The film lasts 138 minutes and finishes at 22:33. What time did it start? | 20:15
en | flight lands 21:05 after 2h35 in the air, when did it take off | 18:30
en | I got home at 18:40 after a 50 minute drive. When did I set off? | 17:50
en | we hike from 9:40, 3 and a half hours, when are we back | 13:10
en | two films back to back, 1h45 and 2h05, starting at 19:00, when do they end | 22:50
en | My lunch break starts at 12:35 and lasts 45 minutes. When is it over? | 13:20
en | Meeting kicks off at quarter past two pm, runs for an hour and a half. End time? | 15:45
en | Start 13:50, duration 2 h 25 min. End? | 16:15
en | start time 08:20 duration 95 min end time | 09:55
en | If it's 10:50 now, what time will it be in 3 hours and 25 minutes? | 14:15
en | Two hours and forty minutes after noon is what time? | 14:40
en | What's the time twenty minutes before midnight | 23:40
en | what time is it an hour and 45 minutes after 11:30 pm | 01:15
en | 7:25 am + 8 hours 50 minutes | 16:15
en | 16:05 - 1h50 | 14:15
en | take 40 minutes off 15:10 | 14:30
en | minutes from 14:35 to 16:10 | PT1H35M
en | I studied from 14:10 until 17:35. How long is that? | PT3H25M
en | The museum opens at 10:00 and closes at 17:30. How many hours is it open? | PT7H30M
en | I was on the phone from 8:52 pm to 10:07 pm, how long was the call | PT1H15M
en | from 9:30 to noon is how long? | PT2H30M
en | length of a night shift from 21:45 to 6:15 | PT8H30M
en | I work from 9 to 5:30 with an hour for lunch, how many hours do I work? | PT7H30M
en | 8 am till 4:30 pm minus 45 minutes lunch, how many hours worked | PT7H45M
en | How much longer do I have to wait if my appointment is at 11:10? | PT1H44M
en | What's left until lunch at 12:30? | PT3H4M
en | how many hours and minutes are left until 22:00 | PT12H34M
en | how long before 3 pm | PT5H34M
en | It's 9:26. How long till 12:15? | PT2H49M
en | how long have I been awake if I got up at 6:10 | PT3H16M
en | how long ago was 8:41 | PT45M
en | add up 1h20, 45 min and 2h10 | PT4H15M
en | six times 25 minutes | PT2H30M
en | 7 rounds of 3 minutes each, how long is that | PT21M
en | What is 4 hours minus 2 hours 35 minutes? | PT1H25M
en | I've done 5 hours 40 of my 8 hours today. How much is left? | PT2H20M
de | Wie viel Uhr ist es gerade in São Paulo? | 05:26
de | sag mir mal bitte die Uhrzeit in Helsinki | 10:26
de | aktuelle uhrzeit dubai | 12:26
de | Welche Zeit haben wir gerade in Kalifornien? | 01:26
de | Ein Webinar beginnt um 17 Uhr MEZ. Wie spät ist das in Mumbai? | 21:30
de | Um 8 Uhr Ortszeit in Tokio ist es bei uns wie viel Uhr? | 00:00
de | Wie viel Uhr ist es in Denver, wenn es in Hamburg 19:45 Uhr ist? | 12:45
de | Das Spiel wird um 21 Uhr in Madrid angepfiffen, wie spät ist es dann in Buenos Aires | 17:00
de | Um wie viele Stunden ist Peking voraus? | PT7H
de | Wie viele Stunden ist New York hinterher? | PT5H
de | zeitdifferenz london sydney | PT11H
de | Die Klausur endet um 12:30 und dauert drei Stunden. Wann fängt sie an? | 09:30
de | Bei einer Dauer von 105 Minuten und Beginn um 18:15, wann ist Schluss? | 20:00
de | Wann ist die Besprechung zu Ende, wenn sie um 10:45 anfängt und 75 Minuten geht? | 12:00
de | Wie spät ist es drei Stunden und zwanzig Minuten nach 7:50 Uhr? | 11:10
de | Wie viel Uhr ist es, wenn ich zu 13:45 noch 80 Minuten dazurechne? | 15:05
de | 50 Minuten vor Mitternacht | 23:10
de | von 22:15 Uhr bis 7 Uhr wie viele Stunden | PT8H45M
de | Wie lange arbeite ich, wenn ich um 8:20 anfange und um 16:50 aufhöre? | PT8H30M
de | Ich arbeite von 9 bis 17:30 Uhr mit einer Stunde Pause. Wie viele Stunden sind das? | PT7H30M
de | Dauer von 13:40 bis 15:25 | PT1H45M
de | Wie lange muss ich noch warten, wenn der Bus um 9:51 kommt? | PT25M
de | Wie viele Minuten noch bis 10 Uhr? | PT34M
de | Wie lange ist es her seit 7:15 Uhr? | PT2H11M
de | in wie vielen minuten ist es 11 uhr | PT1H34M
de | Wie spät wird es in zweieinhalb Stunden sein? | 11:56
de | Wie spät war es vor einer Dreiviertelstunde | 08:41
de | Wie viel Uhr war es vor 2 Stunden und 40 Minuten? | 06:46
de | 90 Minuten plus 2 Stunden 15 | PT3H45M
de | 5 mal 35 Minuten | PT2H55M
de | 8 Unterrichtsstunden à 45 Minuten, wie lange ist das insgesamt? | PT6H
es | ¿Me dices qué hora es en Lisboa? | 08:26
es | hora en Sevilla ahora mismo | 09:26
es | mis abuelos están en Manila, ¿qué hora es allí? | 16:26
es | qué hora tienen en San Francisco | 01:26
es | son las 20:00 en Madrid, ¿qué hora es en Los Ángeles? | 12:00
es | Si la reunión es a las 10 de la mañana en Nueva York, ¿qué hora es en Madrid? | 15:00
es | ¿A qué hora de Madrid equivalen las 9:00 de Tokio? | 01:00
es | cuántas horas de diferencia hay entre Sídney y Madrid | PT10H
es | ¿Cuántas horas hay de diferencia con Japón? | PT8H
es | El examen dura tres horas y termina a las 12:30, ¿a qué hora empezó? | 09:30
es | El bizcocho tarda 50 minutos y lo he metido a las 17:25, ¿a qué hora lo saco? | 18:15
es | Quedamos a las 20:30 y tardo media hora en llegar, ¿a qué hora salgo? | 20:00
es | si empiezo a trabajar a las 7:45 y hago 8 horas y media, a qué hora termino | 16:15
es | vuelo sale 9:35 dura 2h40 hora de llegada | 12:15
es | ¿Cuánto dura un turno de 22:00 a 6:30? | PT8H30M
es | entré a las 8:05 y salí a las 15:50, ¿cuánto he trabajado? | PT7H45M
es | ¿Cuántas horas y minutos hay de 10:20 a 13:05? | PT2H45M
es | de 9:00 a 18:30 descontando una hora de comida | PT8H30M
es | ¿cuánto queda para las 11 y media? | PT2H4M
es | ¿En cuántos minutos serán las 10? | PT34M
es | cuánto tiempo ha pasado desde las 7:30 | PT1H56M
es | ¿Qué hora será dentro de tres cuartos de hora? | 10:11
es | a las 16:50 le sumo 35 minutos | 17:25
es | las 21:15 menos hora y media | 19:45
es | 50 minutos más 1 hora 25 | PT2H15M
es | cuánto suman 1 h 50 min y 45 min | PT2H35M
es | 4 episodios de 48 minutos cada uno, ¿cuánto es en total? | PT3H12M
fr | tu peux me dire l'heure qu'il est à Lisbonne | 08:26
fr | heure à Séville maintenant | 09:26
fr | mes grands-parents sont à Manille, quelle heure est-il là-bas ? | 16:26
fr | quelle heure il est à San Francisco | 01:26
fr | Il est 20h à Paris, il est quelle heure à Los Angeles ? | 12:00
fr | Le match commence à 21h à Madrid, quelle heure sera-t-il à Buenos Aires ? | 17:00
fr | quelle est la différence d'heure entre Sydney et Paris ? | PT10H
fr | combien d'heures d'écart avec le Japon ? | PT8H
fr | L'examen dure trois heures et finit à 12h30, à quelle heure a-t-il commencé ? | 09:30
fr | Je mets le poulet au four à 11h40 pour 1h15, il est cuit à quelle heure ? | 12:55
fr | si je commence à 7h45 et que je travaille 8h30, je finis à quelle heure | 16:15
fr | départ 9h35, durée du vol 2h40, heure d'arrivée ? | 12:15
fr | combien de temps dure une garde de 22h à 6h30 ? | PT8H30M
fr | je travaille de 8h05 à 15h50, ça fait combien d'heures | PT7H45M
fr | Combien d'heures et de minutes entre 10h20 et 13h05 ? | PT2H45M
fr | 9h à 18h30 moins une heure de pause | PT8H30M
fr | combien de temps reste-t-il jusqu'à 11h30 | PT2H4M
fr | combien de temps s'est écoulé depuis 7h30 | PT1H56M
fr | quelle heure sera-t-il dans trois quarts d'heure | 10:11
fr | 16h50 plus 35 minutes | 17:25
fr | 50 minutes plus 1h25 | PT2H15M
fr | combien font 1 h 50 et 45 min additionnés | PT2H35M
fr | 4 épisodes de 48 minutes chacun, ça fait combien en tout ? | PT3H12M
fr | 45 minutes après midi et quart | 13:00
en | Our server restarts at 03:00 UTC. When is that in Berlin time? | 04:00
en | My cousin in Melbourne calls at 8 in the evening her time, what time is that for me? | 10:00
en | World Cup match 18:00 in Mexico City, time in Berlin? | 01:00
en | how late is it currently in Warsaw | 09:26
en | need the time in Oslo | 09:26
en | local time cape town | 10:26
en | what is the exact time | 09:26
en | give me the current time please | 09:26
en | what's the clock now | 09:26
en | time in new york when it's 10 am in berlin | 05:00
en | Berlin 14:00 in New York | 09:00
en | Paris is how many hours ahead of Rio de Janeiro? | PT4H
en | time zone difference Berlin Perth | PT7H
en | How many hours earlier is it in Toronto? | PT5H
en | how long have I got until my 10:15 appointment | PT49M
en | my lecture is at 14:00 how many hours from now is that | PT4H34M
en | How many minutes until 9:50? | PT24M
en | time left till 17:45 | PT8H19M
en | how long is the wait until 12:10 | PT2H44M
en | I've been waiting since 8:55, how long is that | PT31M
en | store closes at 8pm, how much time do i have left | PT10H34M
en | how long was I out if I left at 13:20 and came back at 16:05 | PT2H45M
en | I set off at 6:50 and reached my destination at 11:15. How long was I on the road? | PT4H25M
en | Flight departs 22:40, arrives 05:55, same time zone. Duration? | PT7H15M
en | Babysitting from 6:30 pm to 11:45 pm - how many hours? | PT5H15M
en | school day from 8:00 till 13:20, how long | PT5H20M
en | what's 9:45 to 18:15 in hours | PT8H30M
en | how many hours is 7am-3:30pm | PT8H30M
en | 9:15-17:45 how many hours | PT8H30M
en | working 6:45 to 15:15 with 30 minutes off for lunch is how many hours | PT8H
en | if the rice needs 18 minutes and I start at 12:07 when is it ready | 12:25
en | Pizza goes in at 18:50 for 14 minutes. When do I take it out? | 19:04
en | I'm going to run for 50 minutes starting at 7:35. When am I done? | 08:25
en | drive of 3h 40m leaving at 6:25 arrival time | 10:05
en | if i depart at 6:25 am and drive 3 hours 40 minutes what time do i get there | 10:05
en | We start at 19:00 and play for two and a quarter hours. When do we stop? | 21:15
en | After a 35 minute delay, when does the 14:50 train leave? | 15:25
en | my 18:05 flight is delayed by 1 hour 20 minutes, new departure time? | 19:25
en | Guests come at 19:00 and I need two hours to cook. When do I start? | 17:00
en | To be at work at 9 am with a 35 min commute when do I leave the house | 08:25
en | what time do i have to go to bed to get 8 hours sleep if i wake up at 6:45 | 22:45
en | if the cake must be done by 15:30 and bakes 65 minutes when do i put it in | 14:25
en | appointment 11:40, travel time 35 min, leave when? | 11:05
en | half an hour before quarter past nine | 08:45
en | what time is 3 hours before midnight | 21:00
en | what is 8:20 plus 3 hours 55 minutes | 12:15
en | quarter to seven in the evening plus 1h20 | 20:05
en | 11:50pm + 25 min | 00:15
en | eight forty five am minus ninety minutes | 07:15
en | what time was it exactly 12 hours ago | 21:26
en | time 6 hours ago | 03:26
en | 1 hr 45 + 2 hr 30 | PT4H15M
en | sum of 2 h 35 min and 3 h 40 min | PT6H15M
en | how much is 3 hours 15 minus 1 hour 45 | PT1H30M
en | the audiobook is 9 hours 20 long and i have listened to 3 hours 45 how much remains | PT5H35M
en | five sessions of 1 hour 20 minutes in total | PT6H40M
en | what's 3 times 1 hour 25 minutes | PT4H15M
de | Wie viel Uhr haben die Leute gerade in Mexiko-Stadt? | 02:26
de | Uhrzeit auf Bali | 16:26
de | wie spät ist es auf hawaii | 22:26
de | Wie ist die aktuelle Ortszeit in Buenos Aires? | 05:26
de | Mein Kollege in Bangalore ruft um 14 Uhr seiner Zeit an, wie spät ist das bei mir? | 09:30
de | Online-Meeting 10 Uhr New York, wie viel Uhr in Berlin? | 15:00
de | 12 Uhr in London in Berliner Zeit | 13:00
de | Wenn ich um 9 Uhr in Berlin anrufe, wie spät ist es dann in San Francisco? | 01:00
de | wieviel stunden unterschied hat berlin zu sydney | PT10H
de | Wie viele Stunden früher ist es in Toronto? | PT5H
de | Zeitunterschied Deutschland Japan | PT8H
de | Wie lange noch bis Mitternacht | PT14H34M
de | wie viel zeit bleibt mir bis zum termin um 11:15 | PT1H49M
de | Ich warte seit 8:50, wie lange ist das schon? | PT36M
de | Unterricht von 7:50 bis 13:10 wie lange | PT5H20M
de | 9:15 bis 17:45 Uhr sind wie viele Stunden | PT8H30M
de | Ich habe von 22:30 bis 6:10 Uhr geschlafen, wie lange war das | PT7H40M
de | Gearbeitet von 6:45 bis 15:15 Uhr, 30 Minuten Pause, wie viele Stunden? | PT8H
de | Abfahrt 6:50 Ankunft 11:15 Fahrtdauer | PT4H25M
de | Die Pizza kommt um 18:50 für 14 Minuten in den Ofen. Wann muss sie raus? | 19:04
de | Ich laufe um 7:35 los und laufe 50 Minuten. Wann bin ich zurück? | 08:25
de | Fähre um 15:25, Überfahrt 1 Stunde 50, Ankunft wann? | 17:15
de | Wir fahren um 6:25 ab und sind 3 Stunden 40 unterwegs. Wann kommen wir an? | 10:05
de | Der Zug um 14:50 hat 35 Minuten Verspätung, wann kommt er? | 15:25
de | Termin 11:40, Anfahrt 35 Minuten, wann losfahren? | 11:05
de | Wann muss ich ins Bett, wenn ich um 6:45 aufstehe und 8 Stunden schlafen will? | 22:45
de | drei viertel acht abends plus 50 minuten | 20:35
de | fünf nach halb sieben plus eine stunde | 07:35
de | 8:20 Uhr plus 3 Stunden 55 Minuten | 12:15
de | Wie spät ist es 6 Stunden vor Mitternacht? | 18:00
de | Was ist 23:50 Uhr plus 25 Minuten? | 00:15
de | 2 Std. 35 Min. + 3 Std. 40 Min. | PT6H15M
de | Wie viel sind 3 Stunden 15 minus 1 Stunde 45? | PT1H30M
de | 3 mal 1 Stunde 25 | PT4H15M
de | Das Hörbuch dauert 9 Stunden 20, gehört habe ich 3 Stunden 45. Wie viel bleibt noch? | PT5H35M
es | qué hora tienen ahora mismo en Bali | 16:26
es | hora local en Ciudad del Cabo | 10:26
es | Mi colega de Bangalore llama a las 14:00 de su hora, ¿qué hora es aquí? | 09:30
es | las 12 del mediodía en Londres, ¿qué hora es en Madrid? | 13:00
es | el partido es a las 18:00 en Ciudad de México, ¿a qué hora es en Madrid? | 01:00
es | cuántas horas menos son en Toronto | PT5H
es | diferencia horaria Madrid Perth | PT7H
es | ¿Cuánto me queda hasta la cita de las 11:15? | PT1H49M
es | llevo esperando desde las 8:50, ¿cuánto es? | PT36M
es | de 9:15 a 17:45 cuántas horas son | PT8H30M
es | dormí de 23:30 a 7:10, ¿cuántas horas son? | PT7H40M
es | salí a las 6:50 y llegué a las 11:15, ¿cuánto duró el viaje? | PT4H25M
es | trabajo de 6:45 a 15:15 con media hora de pausa, ¿cuántas horas son? | PT8H
es | meto la pizza a las 18:50 y necesita 14 minutos, ¿cuándo la saco? | 19:04
es | salimos a las 6:25 y el viaje dura 3 horas y 40 minutos, ¿a qué hora llegamos? | 10:05
es | mi vuelo de las 18:05 tiene un retraso de 1 hora y 20 minutos, ¿a qué hora sale? | 19:25
es | los invitados llegan a las 21:00 y necesito dos horas para cocinar, ¿cuándo empiezo? | 19:00
es | cita a las 11:40, 35 minutos de camino, ¿a qué hora salgo? | 11:05
es | ¿a qué hora me acuesto si me levanto a las 6:45 y quiero dormir 8 horas? | 22:45
es | las siete menos cuarto de la tarde más 1 hora y 20 minutos | 20:05
es | 8:20 más 3 horas y 55 minutos | 12:15
es | dos horas y media antes de medianoche | 21:30
es | cuánto es 3 horas 15 menos 1 hora 45 | PT1H30M
es | suma 2 h 35 min y 3 h 40 min | PT6H15M
es | 3 veces 1 hora y 25 minutos | PT4H15M
es | el audiolibro dura 9 horas y 20 minutos y llevo 3 horas y 45, ¿cuánto me queda? | PT5H35M
fr | il est quelle heure à Bali | 16:26
fr | heure locale au Cap | 10:26
fr | quelle heure est-il en Nouvelle-Zélande ? | 21:26
fr | Mon collègue de Bangalore appelle à 14h heure de là-bas, ça fait quelle heure ici ? | 09:30
fr | midi à Londres, quelle heure à Berlin | 13:00
fr | le match est à 18h à Mexico, il sera quelle heure à Paris ? | 01:00
fr | combien d'heures de moins à Toronto | PT5H
fr | décalage Paris Perth | PT7H
fr | il me reste combien de temps avant mon rendez-vous de 11h15 | PT1H49M
fr | j'attends depuis 8h50, ça fait combien de temps | PT36M
fr | 9h15 à 17h45 combien d'heures | PT8H30M
fr | j'ai dormi de 23h30 à 7h10, combien d'heures | PT7H40M
fr | parti à 6h50, arrivé à 11h15, durée du trajet ? | PT4H25M
fr | je travaille de 6h45 à 15h15 avec une demi-heure de pause, ça fait combien d'heures | PT8H
fr | la pizza va au four à 18h50 pendant 14 minutes, quand dois-je la sortir ? | 19:04
fr | on part à 6h25 et il y a 3h40 de route, on arrive à quelle heure | 10:05
fr | mon vol de 18h05 a 1h20 de retard, il part à quelle heure | 19:25
fr | rendez-vous à 11h40, 35 minutes de trajet, je pars quand | 11:05
fr | à quelle heure me coucher si je me lève à 6h45 et que je veux dormir 8 heures | 22:45
fr | sept heures moins le quart du soir plus 1h20 | 20:05
fr | 8h20 plus 3 heures 55 minutes | 12:15
fr | deux heures et demie avant minuit | 21:30
fr | 3 fois 1h25 | PT4H15M
fr | le livre audio dure 9h20 et j'en ai écouté 3h45, combien reste-t-il | PT5H35M
""".splitlines()
]

# What looks near and asks for something else, or could mean two things.
LEFT = [
    tuple(line.split(" | "))
    for line in """\
en | how long should I cook a 2 kg chicken at 180
en | how long does it take to fly from Berlin to Tokyo
en | what time does the sun set in Berlin today
en | when does the 9:15 train from Berlin arrive in Hamburg
en | what time is the 3pm meeting
en | is 8 hours of sleep enough
en | what time does my flight land if it leaves at 9
en | remind me at 9:30 to call mom
en | set a timer for 20 minutes
en | when should I leave for the airport if my flight is at 9:30
en | how long is the flight from London to New York
en | I have a meeting at 3pm and one at 5pm
en | the shop is open from 9:00 to 17:30 how much does it cost
en | how many hours are in 3 days
en | 90 minutes in hours
en | a good time in Paris
en | what time should I go to bed
en | how many hours do I work
en | what's the time difference between Berlin
en | what time is it in Springfield
en | who won at 3pm in london
en | when it's 3pm in Bielefeldia what time is it in Berlin
en | it takes 3 people 2 hours to paint a wall, how long does it take 6 people
en | I ran 10 km in 50 minutes, how long for 5 km
en | what does 10:30 mean
en | difference between Austria and Germany
en | how many hours between London and New York by plane
en | if I leave at 9 when do I arrive
en | what time zone is Tokyo in
en | how long is 5pm to late
de | wann geht die sonne heute in berlin unter
de | wie lange hat der rewe bis 20 uhr offen und was kostet ein brot
de | wann fährt der letzte zug nach köln
de | wie lange kochen eier in 10 minuten
de | was kostet der flug um 9 uhr nach rom
de | Ich esse um 12 Uhr in Essen
de | wecke mich um 7 uhr
de | unterschied zwischen berlin und münchen
es | a qué hora abre el museo en madrid
es | cuánto tarda el tren de madrid a barcelona
es | pon una alarma a las 7
es | qué tiempo hace en madrid
es | diferencia entre españa y portugal
fr | à quelle heure ferme le musée à paris
fr | combien de temps dure le vol paris tokyo
fr | réveille-moi à 7h
fr | quel temps fait-il à paris
fr | la différence entre paris et lyon
fr | il est 3 heures trop tard
en | 6 people paint a wall in 2 hours, how long each
en | the store opens at 9:00 and closes at 17:30, when is the best time to go
en | I finish work at 17:00 and the gym takes 90 minutes, when do I leave the gym
en | we met at 3pm in Paris and at 5pm in London
en | How long does the 8:15 to Berlin take
en | my bus is every 20 minutes from 7:10, when is the last one
en | I arrive at 9:00 and stay 3 hours
en | The flight from Berlin leaves at 9:00 and takes 8 hours, when do I land in New York
en | what time is it when it is 3 hours
en | how long should dough rise before I bake it for 45 minutes at 220
en | what are the opening hours of ikea berlin today
en | is 10:30 too late to call in london
en | who was born at 6:15 on 3 May
en | train from Paris to London at 9:15 price
en | compare the 9:15 and the 10:45 flight to Rome
en | what happens at midnight in Berlin on New Year's Eve
en | rate my schedule: gym 7:00, work 9:00, dinner 19:00
en | I was 20 minutes late for my 9:00 meeting what should I say
en | translate "it is half past nine" into Spanish
en | is it safe to sleep 4 hours
en | what is the meaning of 5 o'clock shadow
en | turn off the lights at 10 pm
en | the movie 12 Hours is how long
en | Berlin Tokyo flight time
en | time travel to Paris
en | the time of my life in Rome
en | how many time zones does Russia have
en | how long was the 9:15 train delayed
en | 7 people each work 8 hours how many hours in total at 15 euros per hour
en | how long does it take to drive from Berlin to Munich if I leave at 9:00
de | um 8 uhr gibt es essen
de | termin um 15 uhr in köln eintragen
de | wie lange dauert der film um 20:15
de | ist 22 Uhr in Berlin noch früh
de | wie lange schläft ein baby mit 3 monaten
de | stell den wecker auf 6:30
de | Zeit in Berlin war schön
es | qué hacer en madrid a las 10 de la noche
es | reserva mesa para 4 a las 21:00
es | cuánto dura el vuelo de madrid a tokio
es | pon un temporizador de 10 minutos
fr | réserve une table pour 4 à 20h
fr | que faire à paris à 22h
fr | combien de temps cuire un oeuf
fr | mets un minuteur de 10 minutes
fr | le train de 8h15 est-il à l'heure
en | my mum is 3 hours late what should I do
en | is 8:30 early for dinner in Madrid
en | how long do flights from Tokyo to Sydney take
en | when is the best time to call Tokyo from Berlin
en | which bus leaves at 9:15 for Hamburg
en | what should I do between 3pm and 5pm in Rome
en | book me a flight at 9:00 from Berlin to Rome that takes 2 hours
en | what happened 3 hours ago
en | how was your time in Paris
en | is an hour and a half long enough to change planes in Frankfurt
en | what movie starts at 20:15 tonight
en | show me trains from 9:00 to 12:00
en | can I get from Berlin to Munich by 12:00 if I leave at 9:00
en | it's 3 pm where is everybody
de | welche filme laufen um 20:15
de | wie war die zeit in rom
de | schaffe ich es von berlin nach köln in 4 stunden
de | wann ist die beste zeit um in tokio anzurufen
es | qué películas hay a las 22:00
es | me quedan 3 horas de batería
fr | quels trains partent à 8h15
fr | combien de temps avant de manger
en | what time do shops in Tokyo open if it is 3pm in London
en | can you recommend a film that lasts 2 hours and starts at 20:00
en | who works from 9:00 to 17:00
en | is 3 hours 15 minutes longer than the flight to Rome
en | what time did the titanic sink
en | it's 5 o'clock somewhere
en | my train from Berlin at 9:15 arrives in Hamburg at 11:00, which platform
en | how many hours of sun in Lisbon
en | I slept 4 hours, is that ok
en | add a meeting at 3pm for 2 hours
en | when did the 2 hour delay start
de | wie viele stunden sonne hat lissabon
de | füge einen termin um 15 uhr für 2 stunden hinzu
de | wann kommt der film um 20:15 wieder
es | a qué hora abren las tiendas en tokio
es | añade una reunión a las 15:00 de 2 horas
fr | ajoute une réunion à 15h pendant 2 heures
fr | à quelle heure ouvrent les magasins à tokyo
""".splitlines()
]


@each([*CASES, *FREE])
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


@each(LEFT)
def test_what_asks_for_something_else_is_left(language: str, question: str) -> None:
    assert tool.recognise(question, asked(question, language)) is None


@settings(max_examples=150, deadline=None)
@given(exact.ANY_TEXT, exact.LANGUAGES)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    exact.read_or_left(tool, text, language)


@settings(max_examples=150, deadline=None)
@given(exact.WORDY, exact.LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    await exact.answered(tool, text, language)


def test_long_text_is_left_at_once() -> None:
    text = "what is 1 + 1 " * 750_000
    assert tool.recognise(text, asked("x")) is None


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"ask": "now"}, "09:26"),
        ({"ask": "now", "place": "Asia/Tokyo"}, "17:26"),
        ({"ask": "convert", "time": "15:00", "place": "New York", "other": "Berlin"}, "20:00"),
        ({"ask": "convert", "time": "3pm", "place": "Tokyo"}, "07:00"),
        ({"ask": "later", "time": "23:30", "span": "45 minutes"}, "00:15"),
        ({"ask": "between", "time": "22:30", "other": "06:15"}, "PT7H45M"),
        ({"ask": "sum", "time": "2h30", "span": "1h45"}, "PT4H15M"),
        ({"ask": "less", "time": "2h30", "span": "1h45"}, "PT45M"),
        ({"ask": "offset", "place": "Tokyo", "other": "London"}, "PT9H"),
        ({"ask": "day", "place": "Auckland"}, "2026-03-14"),
        ({"ask": "day", "place": "Auckland", "time": "Sunday"}, "false"),
        ({"ask": "since", "time": "07:15"}, "PT2H11M"),
        ({"ask": "product", "time": "4", "span": "35 minutes"}, "PT2H20M"),
        ({"ask": "share", "time": "8", "span": "2 hours"}, "PT15M"),
        ({"ask": "sum", "time": "45 min", "span": "1 h 20 + 30 min"}, "PT2H35M"),
        ({"ask": "between", "time": "8:00", "other": "16:30", "span": "30 minutes"}, "PT8H"),
        ({"ask": "until", "time": "7:00", "day": "2026-03-15"}, "PT21H34M"),
        ({"ask": "later", "time": "13:05", "span": "8 h 40 min", "other": "New York"}, "16:45"),
    ],
)
async def test_called_by_a_model(arguments: dict[str, str], value: str) -> None:
    for language in ("en", "es"):
        result = await tool.call(arguments, asked("x", language))
        assert isinstance(result, Exact)
        assert result.value == value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ask": "now", "place": "Atlantis"}, "unknown_place"),
        ({"ask": "now", "place": "Australia"}, "unknown_place"),
        ({"ask": "later", "time": "25:00", "span": "1 hour"}, "unknown_time"),
        ({"ask": "later", "time": "12:00", "span": "a while"}, "unknown_span"),
        ({"ask": "less", "time": "1 hour", "span": "2 hours"}, "negative_span"),
    ],
)
async def test_what_cannot_be_read(arguments: dict[str, str], code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call(arguments, asked("x"))
    assert caught.value.code == code
    assert caught.value.next


async def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    turn = asked("x", zone="Europe/Berlin")
    turn.now = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(Problem) as caught:
        await tool.call({"ask": "convert", "time": "02:30", "other": "Tokyo"}, turn)
    assert caught.value.code == "no_such_time"


async def test_hours_from_now_pass_through_the_change_of_clocks() -> None:
    turn = asked("what time will it be in 3 hours")
    turn.now = datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    arguments = tool.recognise(turn.question, turn)
    assert arguments is not None
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    assert result.value == "05:00"


async def test_here_is_the_persons_zone() -> None:
    assert (await answer("What time is it?", zone="Asia/Tokyo")).value == "17:26"


async def test_another_day_is_said() -> None:
    assert "(Friday, March 13, 2026)" in (await answer("what time is it in Honolulu")).answer
    assert "next day" in (await answer("what's 3 hours after 22:30")).answer
